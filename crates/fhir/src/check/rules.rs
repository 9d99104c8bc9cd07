//! The rules that every FHIR document has to keep, whatever guide it follows.
//! Source: FHIR R4 JSON, datatypes, narrative, references, extensibility.

use crate::finding::rules;

rules! {
    /// A resource is of a type that FHIR has.
    RESOURCE_TYPE = "fhir-resource-type", Structure, Malformed, "FHIR has no resource of that type";
    /// An object has only the elements of its type.
    UNKNOWN_ELEMENT = "fhir-unknown-element", Structure, Malformed, "FHIR has no such element there";
    /// An unknown element was left out.
    REPAIR_UNKNOWN_ELEMENT = "json-repair-unknown-element", Structure, Malformed, "an unknown element was left out";
    /// `null` only fills the gaps between primitives and their extensions.
    NULL = "json-repair-null", Structure, Malformed, "null stands where FHIR has none";
    /// What is absent has no array.
    EMPTY_ARRAY = "json-repair-empty-array", Structure, Malformed, "an empty array stands where FHIR has none";
    /// What may repeat is an array even when it does not.
    ARRAY = "json-repair-array", Structure, Malformed, "a single value stands where an array belongs";
    /// ele-1.
    EMPTY_OBJECT = "fhir-empty-object", Invariant, Malformed, "ele-1: an element has to have a value or children";
    /// A string has at least one character.
    EMPTY_STRING = "fhir-empty-string", Value, Malformed, "a string must not be empty";
    /// What cannot repeat is no array.
    SINGLE_VALUE = "fhir-single-value", Structure, Malformed, "an array stands where a single value belongs";
    /// Primitives are primitives and objects are objects.
    TYPE = "fhir-type", Structure, Malformed, "the value is of another JSON type than its element";
    /// A primitive looks as its type says.
    VALUE = "fhir-value", Value, Malformed, "the value does not have the form of its type";
    /// A code with a required binding is one of its codes.
    CODE = "fhir-code", CodeInvalid, Malformed, "the code is none of those that FHIR requires";
    /// Required elements are there.
    REQUIRED = "fhir-required", Required, Malformed, "a required element is missing";
    /// A choice is made once.
    CHOICE = "fhir-choice", Structure, Malformed, "an element has values of two types";
    /// A reference leads to a resource of a type that is allowed there.
    REFERENCE_TARGET = "fhir-reference-target", Invalid, Malformed, "the reference leads to a resource of the wrong type";
    /// A modifier extension that is not understood must not be ignored.
    MODIFIER_EXTENSION = "fhir-modifier-extension", Extension, Unprocessable, "an unknown modifier extension may change the meaning";
    /// txt-1 and txt-2.
    NARRATIVE = "txt-1", Invalid, Malformed, "txt-1: the narrative holds what it must not";
}

//! The rules of reading XML. Ids are stable.

crate::finding::rules! {
    /// The text is XML.
    SYNTAX = "xml-syntax", Structure, Malformed, "the body is not well-formed XML";
    /// The text is UTF-8 and says so if it says anything.
    ENCODING = "xml-encoding", Structure, Malformed, "the body is not XML in UTF-8";
    /// There is no document type: it could name entities, files and addresses.
    DOCTYPE = "xml-doctype", Structure, Malformed, "a document type declaration is not accepted";
    /// Elements are FHIR's.
    NAMESPACE = "xml-namespace", Structure, Malformed, "an element is not in the namespace http://hl7.org/fhir";
    /// The root is a resource.
    RESOURCE_TYPE = "xml-resource-type", Structure, Malformed, "the root element is no FHIR resource";
    /// Nesting has a limit.
    DEPTH = "xml-depth", TooCostly, Malformed, "the body is nested too deeply";
    /// Size has a limit.
    NODES = "xml-nodes", TooCostly, Malformed, "the body has too many values";
    /// Elements are those that the definitions name.
    UNKNOWN_ELEMENT = "xml-unknown-element", Structure, Malformed, "an element is not defined here";
    /// Attributes are those that the definitions name.
    UNKNOWN_ATTRIBUTE = "xml-unknown-attribute", Structure, Malformed, "an attribute is not defined here";
    /// Text stands in attributes and narratives only.
    TEXT = "xml-text", Structure, Malformed, "text stands where only elements may stand";
    /// Elements come in FHIR's order.
    ORDER = "xml-order", Structure, Malformed, "an element stands after one that has to follow it";
    /// An element that does not repeat stands once.
    REPEATED = "xml-repeated", Structure, Malformed, "an element stands twice that may stand once";
    /// An element that holds a resource holds one.
    ONE_RESOURCE = "xml-one-resource", Structure, Malformed, "exactly one resource was expected in an element";
    /// An element has a value or children.
    EMPTY = "xml-empty", Structure, Malformed, "an element has neither value nor children";
}

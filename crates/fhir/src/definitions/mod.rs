//! What FHIR says its data looks like: types, elements and codes of each version, read from tables.
//!
//! The tables in `data/` are made by `cargo xtask definitions` from HL7's own packages. No struct per resource: a new version
//! is a new table.

mod load;
mod names;
pub mod primitive;

use std::sync::OnceLock;

use names::Names;
pub use primitive::Primitive;

/// A version of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FhirVersion {
    /// 3.0.2.
    Stu3,
    /// 4.0.1.
    R4,
}

impl FhirVersion {
    /// The whole number, as `CapabilityStatement.fhirVersion` has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FhirVersion::Stu3 => "3.0.2",
            FhirVersion::R4 => "4.0.1",
        }
    }

    /// Major and minor, as the media type parameter `fhirVersion` has it.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            FhirVersion::Stu3 => "3.0",
            FhirVersion::R4 => "4.0",
        }
    }
}

/// The definitions of a version; read once, at the first call.
#[must_use]
pub fn definitions(version: FhirVersion) -> &'static Definitions {
    static STU3: OnceLock<Definitions> = OnceLock::new();
    static R4: OnceLock<Definitions> = OnceLock::new();
    let (cell, table) = match version {
        FhirVersion::Stu3 => (&STU3, include_str!("../../data/stu3.txt")),
        FhirVersion::R4 => (&R4, include_str!("../../data/r4.txt")),
    };
    cell.get_or_init(|| load::load(version, table))
}

/// Where a type is among the definitions of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(u32);

/// All types of one version.
#[derive(Debug)]
pub struct Definitions {
    version: FhirVersion,
    types: Vec<Type>,
    by_name: Names<TypeId>,
    value_sets: Vec<ValueSet>,
}

impl Definitions {
    /// The version that these are of.
    #[must_use]
    pub fn version(&self) -> FhirVersion {
        self.version
    }

    /// A type by its name: a resource or data type, or a nested one by its path such as `Bundle.entry`.
    #[must_use]
    pub fn type_named(&self, name: &str) -> Option<&Type> {
        self.by_name.get(name).map(|id| self.type_at(*id))
    }

    /// A resource type that instances can have.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Type> {
        self.type_named(name).filter(|found| found.kind == TypeKind::Resource)
    }

    /// The type of a [`TypeRef`].
    #[must_use]
    pub fn type_at(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The codes that bind an element.
    #[must_use]
    pub fn value_set(&self, element: &Element) -> Option<&ValueSet> {
        element.codes.map(|at| &self.value_sets[at as usize])
    }

    /// All types, in the order of their names; nested types follow theirs.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.iter()
    }
}

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// A resource that instances can have.
    Resource,
    /// `Resource` and `DomainResource`: elements of that type hold any resource.
    AnyResource,
    /// A data type with members.
    Complex,
    /// A data type with one value.
    Primitive(Primitive),
    /// A part of a resource or data type, such as `Bundle.entry`.
    Nested,
}

/// A type of a version.
#[derive(Debug)]
pub struct Type {
    /// Its name; the path for a nested one.
    pub name: &'static str,
    /// What it is.
    pub kind: TypeKind,
    /// Its elements in FHIR's order, inherited ones among them.
    pub elements: Vec<Element>,
    /// JSON names, those of each choice among them: which element, which of its types.
    names: Names<(u16, u16)>,
    /// Which elements must occur.
    required: Vec<usize>,
}

impl Type {
    /// The element that a JSON name without leading underscore stands for, such as `valueString` for `value[x]`.
    #[must_use]
    pub fn element(&self, json_name: &str) -> Option<Match<'_>> {
        let (element, type_ref) = *self.names.get(json_name)?;
        let index = usize::from(element);
        let element = &self.elements[index];
        Some(Match { index, element, type_ref: &element.types[usize::from(type_ref)] })
    }

    /// The elements that must occur, each with its place among all of them.
    pub fn required(&self) -> impl Iterator<Item = (usize, &Element)> {
        self.required.iter().map(|index| (*index, &self.elements[*index]))
    }

    /// Whether this is a resource type, an instance's or one that stands for any.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        matches!(self.kind, TypeKind::Resource | TypeKind::AnyResource)
    }
}

/// What a JSON name stands for.
#[derive(Clone, Copy, Debug)]
pub struct Match<'d> {
    /// The element's place among those of its type.
    pub index: usize,
    /// The element.
    pub element: &'d Element,
    /// Its type; of a choice, the one that was chosen.
    pub type_ref: &'d TypeRef,
}

/// An element of a type.
#[derive(Debug)]
pub struct Element {
    /// Its name, without `[x]`.
    pub name: &'static str,
    /// Whether the name in documents is followed by that of the type.
    pub is_choice: bool,
    /// How often it must occur.
    pub min: u32,
    /// Whether it may occur more than once.
    pub many: bool,
    /// Whether XML writes it as an attribute of its parent.
    pub is_xml_attribute: bool,
    /// Whether it can change the meaning of what it stands in.
    pub is_modifier: bool,
    /// Its types; more than one for a choice.
    pub types: Vec<TypeRef>,
    /// The value set that binds it, where its codes are all known.
    codes: Option<u16>,
}

/// A type as an element names it.
#[derive(Debug)]
pub struct TypeRef {
    /// The type's name.
    pub name: &'static str,
    /// Where the type is.
    pub id: TypeId,
    /// The JSON name of its element with this type: `valueString` for `value[x]`, else the element's own.
    pub json_name: &'static str,
    /// Types that a Reference may lead to; empty for any.
    pub targets: Vec<&'static str>,
}

/// All codes that a required binding allows.
#[derive(Debug)]
pub struct ValueSet {
    /// Its canonical address.
    pub url: &'static str,
    codes: Vec<&'static str>,
}

impl ValueSet {
    /// Whether it has a code.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.codes.binary_search(&code).is_ok()
    }

    /// All codes, sorted.
    #[must_use]
    pub fn codes(&self) -> &[&'static str] {
        &self.codes
    }
}

#[cfg(test)]
mod tests;

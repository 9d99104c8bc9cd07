//! Everything that this guide says no to, each with what its text names.
//! Source: NRL "Error Handling", "Access Tokens and Audit (JWT)", "Spine Secure Proxy".

use baton_exchange::refusal::Refusal;

/// A claim of the audit token, as the guide writes it.
pub(crate) type Claim = &'static str;

/// What is wrong with a request. How it is said stands in `texts.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no audit token.
    TokenMissing,
    /// The token has not three sections.
    TokenSections,
    /// Its claims are empty.
    TokenEmpty,
    /// Its claims are no JSON.
    TokenUnreadable,
    /// It is not signed with a key that is known.
    TokenUntrusted,
    /// It is not valid now.
    TokenTimes {
        /// What its times should be.
        expected: &'static str,
    },
    /// A claim is missing, or is of the wrong type.
    ClaimMissing {
        /// Which one.
        claim: Claim,
    },
    /// A claim is there that excludes another.
    ClaimUnexpected {
        /// The one that should not be there.
        claim: Claim,
        /// The other one.
        other: Claim,
    },
    /// A claim should be what `sub` is.
    ClaimDiffers {
        /// Which one.
        claim: Claim,
        /// Its value.
        value: String,
        /// The value of `sub`.
        sub: String,
    },
    /// A claim has not the form that it should have.
    ClaimForm {
        /// Which one.
        claim: Claim,
        /// Its value.
        value: String,
        /// The form.
        form: &'static str,
    },
    /// No system has this number.
    SystemUnknown {
        /// The number.
        asid: String,
    },
    /// The reason is another one than the token's kind has.
    ReasonWrong {
        /// The reason.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The scope does not fit what is asked.
    ScopeWrong {
        /// The scope.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// No organisation has this code.
    OrganizationUnknown {
        /// The code.
        ods: String,
    },
    /// The system does not act for the organisation.
    OrganizationNotTied {
        /// The system.
        asid: String,
        /// The organisation.
        ods: String,
    },
    /// The token is of another system than the one that sends.
    SystemNotSender {
        /// The token's system.
        asid: String,
    },
    /// A citizen asks for another patient's pointers.
    NotThatPatient,
    /// The sending system is missing or unknown.
    FromAsid,
    /// The receiving system is missing or another one.
    ToAsid,
    /// The certificate is not one of the sending system's.
    Certificate,
    /// The fetching system is missing or unknown.
    SspFrom,
    /// The record's system is missing or unknown.
    SspTo,
    /// The trace id is missing.
    SspTrace,
    /// The interaction is missing, or the fetching system is not registered for it.
    SspInteraction,
    /// The record's system is not registered for the interaction.
    SspProvider,
    /// The record's address is not at the system that is named.
    SspHost {
        /// The address.
        url: String,
    },
    /// The record's system gave no answer that could be passed on.
    RecordUnreachable {
        /// Why, without the address.
        reason: String,
    },
    /// Neither format is asked for or sent.
    MediaType,
    /// A parameter is missing.
    ParameterMissing {
        /// Its name.
        name: &'static str,
    },
    /// A parameter is not known, is there twice, or does not fit the others.
    ParameterInvalid {
        /// Its name.
        name: String,
    },
    /// A pointer is named by its id and by parameters.
    IdAndQuery {
        /// What was to be done.
        verb: &'static str,
    },
    /// A parameter with this value is not served.
    ParameterUnsupported {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The patient is not named as the guide wants it.
    SubjectForm,
    /// The patient of a new pointer is not named as the guide wants it.
    SubjectFormOfBody,
    /// An organisation is not named as the guide wants it.
    OrganizationForm,
    /// An identifier is not system and value.
    IdentifierForm,
    /// The type's system is another one.
    TypeSystem,
    /// The type's code is not among the types.
    TypeCode,
    /// No provider has this code.
    CustodianUnknown {
        /// The code.
        ods: String,
    },
    /// The number is no NHS number.
    NhsNumber {
        /// The number.
        number: String,
    },
    /// The number that is searched for is no NHS number.
    NhsNumberOfSearch {
        /// The number.
        number: String,
    },
    /// The number in the address of an update is no NHS number.
    NhsNumberOfUpdate {
        /// The number.
        number: String,
    },
    /// The patient has never had a pointer.
    PatientUnknown {
        /// The NHS number.
        number: String,
    },
    /// There is no pointer with this id.
    NoSuchId {
        /// The id.
        id: String,
    },
    /// No pointer ever had an id of this form.
    IdForm {
        /// The id.
        id: String,
    },
    /// The patient has no pointer with this masterIdentifier.
    NoSuchMaster {
        /// System and value.
        identifier: String,
        /// The NHS number.
        number: String,
    },
    /// The body is missing.
    BodyUnreadable,
    /// The body is neither JSON nor XML.
    BodyMalformed {
        /// What it should have been.
        format: &'static str,
        /// What is wrong, and where.
        reason: String,
    },
    /// An element is missing or is not what it should be.
    Element {
        /// Its path.
        element: String,
    },
    /// The same, and there is more to say.
    ElementBecause {
        /// Its path.
        element: String,
        /// Why.
        reason: String,
    },
    /// The resource does not say that it follows the profile.
    Profile,
    /// A masterIdentifier without system or value.
    MasterIncomplete {
        /// Which of them is missing.
        element: &'static str,
    },
    /// A new pointer has to be current.
    StatusNotNew,
    /// A period without a start.
    Period,
    /// A patch is not the one that is served.
    PatchPart {
        /// The path of what is wrong.
        element: &'static str,
    },
    /// A patch sets another value than the one that is served.
    PatchValue,
    /// No organisation has this code.
    OrganizationNotFound {
        /// The code.
        ods: String,
    },
    /// The patient has, or had, a pointer with this masterIdentifier.
    Duplicate {
        /// Its value.
        value: String,
        /// Its system.
        system: String,
    },
    /// Another organisation answers for the pointer.
    NotOwner,
    /// The rules say no.
    Refusal(Refusal),
    /// The machine could not.
    Failure,
    /// The machine cannot just now.
    Unavailable,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refusal(refusal)
    }
}

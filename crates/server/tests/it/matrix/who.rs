//! Every kind of caller: whose it is and what it shows.

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Garbage,
    /// The target's system with a token of yesterday.
    Expired,
    /// A system of another exchange.
    Stranger,
    /// A system whose token covers nothing here.
    Idle,
    /// A system without a part.
    Outsider,
    Source,
    Target,
    /// The system that was the target before the referral was sent on.
    Former,
    Third,
    /// The target's system with a token that reads.
    Reader,
    /// The target's system with a token for one type.
    OneType,
    /// The target's system with a token that sends messages.
    Messenger,
    /// The target's system with a token that writes and does not read.
    Writer,
    /// The source's system with a token that writes resources and sends no messages.
    Scribe,
    /// An app of a person of the target, with all that a person can let it have.
    AppAll,
    AppReader,
    /// It reads what it has the id of and finds nothing.
    AppById,
    AppOneType,
    /// It sees documents, and not the papers that they lead to.
    AppDocuments,
    /// It writes and does not read.
    AppWriter,
    AppMessenger,
    /// It knows who is there, and no more.
    AppLogin,
    /// It is about the patient of the second referral.
    AppPatient,
    /// It is about the patient of the fourth referral.
    AppOtherPatient,
    /// It is about the patient of the second referral, and sees all Tasks.
    AppBoth,
    /// It is about the patient of the second referral, and writes whatever its person may write.
    AppPatientWriter,
    AppSource,
    AppFormer,
    AppThird,
    AppOutsider,
    /// Its person let it in here, and acts for a partner that is registered at another exchange.
    AppStranger,
    /// Its person let it in at another exchange of the same partner.
    AppElsewhere,
    /// Its person's account was closed.
    AppDisabled,
    /// Its person acts for another partner now.
    AppMoved,
    /// Its person has ended all consents.
    AppLoggedOut,
    AppExpired,
    /// Its token was taken back.
    AppRevoked,
}

pub const ALL: [Who; 38] = [
    Who::Nobody,
    Who::Garbage,
    Who::Expired,
    Who::Stranger,
    Who::Idle,
    Who::Outsider,
    Who::Source,
    Who::Target,
    Who::Former,
    Who::Third,
    Who::Reader,
    Who::OneType,
    Who::Messenger,
    Who::Writer,
    Who::Scribe,
    Who::AppAll,
    Who::AppReader,
    Who::AppById,
    Who::AppOneType,
    Who::AppDocuments,
    Who::AppWriter,
    Who::AppMessenger,
    Who::AppLogin,
    Who::AppPatient,
    Who::AppOtherPatient,
    Who::AppBoth,
    Who::AppPatientWriter,
    Who::AppSource,
    Who::AppFormer,
    Who::AppThird,
    Who::AppOutsider,
    Who::AppStranger,
    Who::AppElsewhere,
    Who::AppDisabled,
    Who::AppMoved,
    Who::AppLoggedOut,
    Who::AppExpired,
    Who::AppRevoked,
];

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Nothing,
    Garbage,
    /// The token of a partner's system, with these scopes.
    System(&'static str, &'static str),
    /// The token of an app that somebody let in with these scopes, perhaps about the patient of a referral.
    App(&'static str, &'static str, Option<u32>),
}

const ALL_OF_A_SYSTEM: &str = "system/Messaging.write system/*.read system/*.write";
const ALL_OF_A_PERSON: &str = "user/Messaging.write user/*.cruds";

/// People, and for whom they act.
pub const PEOPLE: [(&str, &str); 9] = [
    ("ada", "target"),
    ("dee", "target"),
    ("lou", "target"),
    ("max", "target"),
    ("sam", "source"),
    ("fay", "former"),
    ("tim", "third"),
    ("ole", "outsider"),
    ("sue", "stranger"),
];

impl Who {
    pub fn shows(self) -> Shows {
        match self {
            Who::Nobody => Shows::Nothing,
            Who::Garbage => Shows::Garbage,
            Who::Expired | Who::Target => Shows::System("target", ALL_OF_A_SYSTEM),
            Who::Stranger => Shows::System("stranger", ALL_OF_A_SYSTEM),
            Who::Idle => Shows::System("idle", "system/Nothing.read"),
            Who::Outsider => Shows::System("outsider", ALL_OF_A_SYSTEM),
            Who::Source => Shows::System("source", ALL_OF_A_SYSTEM),
            Who::Former => Shows::System("former", ALL_OF_A_SYSTEM),
            Who::Third => Shows::System("third", ALL_OF_A_SYSTEM),
            Who::Reader => Shows::System("target", "system/*.read"),
            Who::OneType => Shows::System("target", "system/Task.rs"),
            Who::Messenger => Shows::System("target", "system/Messaging.write"),
            Who::Writer => Shows::System("target", "system/*.write"),
            Who::Scribe => Shows::System("source", "system/*.write"),
            Who::AppAll | Who::AppElsewhere | Who::AppExpired | Who::AppRevoked => {
                Shows::App("ada", ALL_OF_A_PERSON, None)
            }
            Who::AppReader => Shows::App("ada", "user/*.rs", None),
            Who::AppById => Shows::App("ada", "user/*.r", None),
            Who::AppOneType => Shows::App("ada", "user/Task.rs", None),
            Who::AppDocuments => Shows::App("ada", "user/DocumentReference.rs", None),
            Who::AppWriter => Shows::App("ada", "user/*.cu", None),
            Who::AppMessenger => Shows::App("ada", "user/Messaging.write", None),
            Who::AppLogin => Shows::App("ada", "openid fhirUser", None),
            Who::AppPatient => Shows::App("ada", "launch/patient patient/*.cruds patient/Messaging.write", Some(2)),
            Who::AppOtherPatient => Shows::App("ada", "launch/patient patient/*.cruds", Some(4)),
            Who::AppBoth => Shows::App("ada", "launch/patient patient/*.rs user/Task.rs", Some(2)),
            Who::AppPatientWriter => Shows::App("ada", "launch/patient patient/*.rs user/*.cu", Some(2)),
            Who::AppSource => Shows::App("sam", ALL_OF_A_PERSON, None),
            Who::AppFormer => Shows::App("fay", ALL_OF_A_PERSON, None),
            Who::AppThird => Shows::App("tim", ALL_OF_A_PERSON, None),
            Who::AppOutsider => Shows::App("ole", ALL_OF_A_PERSON, None),
            Who::AppStranger => Shows::App("sue", ALL_OF_A_PERSON, None),
            Who::AppDisabled => Shows::App("dee", ALL_OF_A_PERSON, None),
            Who::AppMoved => Shows::App("max", ALL_OF_A_PERSON, None),
            Who::AppLoggedOut => Shows::App("lou", ALL_OF_A_PERSON, None),
        }
    }

    /// In whose name it acts.
    pub fn partner(self) -> &'static str {
        match self.shows() {
            Shows::Nothing | Shows::Garbage => "",
            Shows::System(partner, _) => partner,
            Shows::App(login, ..) => PEOPLE.iter().find(|(one, _)| *one == login).map_or("", |(_, partner)| partner),
        }
    }

    pub fn is_app(self) -> bool {
        matches!(self.shows(), Shows::App(..))
    }
}

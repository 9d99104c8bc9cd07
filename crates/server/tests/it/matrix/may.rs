//! What the oracle says of each caller, a second time and in other words than the program's.

use baton_exchange::referral::Part;

use super::who::Who;

/// The guide of the exchange that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guide {
    Ontario,
    Netsmart,
}

/// How far somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Nobody knows who it is: 401.
    Unknown,
    /// It is known, and has nothing to do here: 403.
    Elsewhere,
    Inside,
}

/// How much somebody sees of a type, of what its partner has a part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Nothing,
    /// What is about the patient of that referral.
    Patient(u32),
    All,
}

/// How it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    ById,
    Search,
}

impl Who {
    pub fn door(self) -> Door {
        match self {
            Who::Nobody | Who::Garbage | Who::Expired => Door::Unknown,
            Who::AppDisabled | Who::AppMoved | Who::AppLoggedOut => Door::Unknown,
            Who::AppExpired | Who::AppRevoked => Door::Unknown,
            Who::Stranger | Who::AppStranger | Who::AppElsewhere => Door::Elsewhere,
            _ => Door::Inside,
        }
    }

    pub fn sees(self, resource_type: &str, look: Look) -> Sight {
        match self {
            Who::Source | Who::Target | Who::Former | Who::Third | Who::Outsider | Who::Reader => Sight::All,
            Who::AppAll | Who::AppReader | Who::AppSource | Who::AppFormer | Who::AppThird | Who::AppOutsider => {
                Sight::All
            }
            Who::OneType | Who::AppOneType if resource_type == "Task" => Sight::All,
            Who::AppDocuments if resource_type == "DocumentReference" => Sight::All,
            Who::AppById if look == Look::ById => Sight::All,
            Who::AppBoth if resource_type == "Task" => Sight::All,
            Who::AppPatient | Who::AppBoth | Who::AppPatientWriter => Sight::Patient(2),
            Who::AppOtherPatient => Sight::Patient(4),
            _ => Sight::Nothing,
        }
    }

    /// Whether its token is for writing resources.
    pub fn writes(self) -> bool {
        matches!(self, Who::Source | Who::Target | Who::Former | Who::Third | Who::Outsider | Who::Writer | Who::Scribe)
            || matches!(
                self,
                Who::AppAll
                    | Who::AppWriter
                    | Who::AppPatientWriter
                    | Who::AppSource
                    | Who::AppFormer
                    | Who::AppThird
                    | Who::AppOutsider
            )
    }

    /// Whether its token is for messages.
    pub fn sends(self) -> bool {
        matches!(self, Who::Source | Who::Target | Who::Former | Who::Third | Who::Outsider | Who::Messenger)
            || matches!(
                self,
                Who::AppAll | Who::AppMessenger | Who::AppSource | Who::AppFormer | Who::AppThird | Who::AppOutsider
            )
    }

    /// Whether it may look at its partner's endpoint, and change it. An app is not the partner's system.
    pub fn looks_after(self, is_read: bool) -> bool {
        let may = if is_read { self.sees("Endpoint", Look::Search) == Sight::All } else { self.writes() };
        may && !self.is_app()
    }

    /// Its part in the first four referrals: the first went from `former` on to the second, at `target`; the third is the
    /// outsider's, and at `former`; the fourth is another patient's, at `target`. At the other guide a referral is for whoever sent
    /// it: the second and the fourth are the target's.
    pub fn part(self, guide: Guide, number: u32) -> Option<Part> {
        match (guide, self.partner(), number) {
            (Guide::Ontario, "source", 1 | 2 | 4) => Some(Part::Source),
            (Guide::Ontario, "outsider", 3) => Some(Part::Source),
            (Guide::Ontario, "target", 2 | 4) => Some(Part::Target),
            (Guide::Ontario, "former", 1) => Some(Part::FormerTarget),
            (Guide::Ontario, "former", 3) => Some(Part::Target),
            (Guide::Ontario, "third", 1..=4) => Some(Part::ThirdParty),
            (Guide::Netsmart, "source", 1) | (Guide::Netsmart, "target", 2 | 4) => Some(Part::Source),
            (Guide::Netsmart, "outsider", 3) => Some(Part::Source),
            _ => None,
        }
    }

    /// The referrals of which it sees resources of a type.
    pub fn view(self, guide: Guide, resource_type: &str, look: Look) -> Vec<u32> {
        let has_part = |number: &u32| self.part(guide, *number).is_some();
        match (self.door(), self.sees(resource_type, look)) {
            (Door::Inside, Sight::All) => (1..=4).filter(has_part).collect(),
            (Door::Inside, Sight::Patient(number)) => vec![number].into_iter().filter(has_part).collect(),
            _ => Vec::new(),
        }
    }
}

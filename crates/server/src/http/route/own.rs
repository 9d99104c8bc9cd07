//! Places where a partner looks after what it is told: its endpoint, and what it may have missed.

use super::POST;

/// Such a place, under the path of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnPlace {
    /// The caller's endpoint.
    Endpoint,
    /// Calls it once, to see whether that works.
    Test,
    /// Lets its notices wait.
    Pause,
    /// Lets them go out again.
    Resume,
    /// Changes its secrets.
    Rotate,
    /// What the caller was told or is to be told.
    CatchUp,
}

/// All of them.
pub const OWN_PLACES: [OwnPlace; 6] =
    [OwnPlace::Endpoint, OwnPlace::Test, OwnPlace::Pause, OwnPlace::Resume, OwnPlace::Rotate, OwnPlace::CatchUp];

impl OwnPlace {
    /// Finds the place of a path's segments.
    #[must_use]
    pub fn of(segments: &[&str]) -> Option<OwnPlace> {
        let path = segments.join("/");
        OWN_PLACES.into_iter().find(|place| place.path() == path)
    }

    /// Where it is, under the path of its exchange.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            OwnPlace::Endpoint => "$endpoint",
            OwnPlace::Test => "$endpoint/test",
            OwnPlace::Pause => "$endpoint/pause",
            OwnPlace::Resume => "$endpoint/resume",
            OwnPlace::Rotate => "$endpoint/rotate",
            OwnPlace::CatchUp => "$catch-up",
        }
    }

    /// The methods that it takes.
    #[must_use]
    pub fn allow(self) -> &'static str {
        match self {
            OwnPlace::Endpoint => "GET, HEAD, PUT, DELETE",
            OwnPlace::Test | OwnPlace::Pause | OwnPlace::Resume | OwnPlace::Rotate => POST,
            OwnPlace::CatchUp => "GET, HEAD, POST",
        }
    }

    /// The place without what varies.
    #[must_use]
    pub fn template(self) -> &'static str {
        match self {
            OwnPlace::Endpoint => "{base}/$endpoint",
            OwnPlace::Test => "{base}/$endpoint/test",
            OwnPlace::Pause => "{base}/$endpoint/pause",
            OwnPlace::Resume => "{base}/$endpoint/resume",
            OwnPlace::Rotate => "{base}/$endpoint/rotate",
            OwnPlace::CatchUp => "{base}/$catch-up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OWN_PLACES, OwnPlace};

    #[test]
    fn each_place_has_a_path_and_nothing_else_has() {
        for place in OWN_PLACES {
            let segments: Vec<&str> = place.path().split('/').collect();
            assert_eq!(OwnPlace::of(&segments), Some(place));
        }
        for other in ["$endpoints", "$endpoint/x", "endpoint", "$catch-up/x"] {
            assert_eq!(OwnPlace::of(&other.split('/').collect::<Vec<_>>()), None, "{other}");
        }
    }
}

//! Spellings of times, for `#[serde(with = "wire::times::epoch")]` and `…::epoch::option`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use vocab::Timestamp;

/// Seconds since 1970 with their fraction, as JSON writes them.
pub mod epoch {
    use super::*;

    /// Writes a time.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.epoch_number())
    }

    /// Reads a time. Errs where there is no number, or one beyond the calendar.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        from_number(f64::deserialize(deserializer)?)
    }

    /// The same where the time may be absent.
    pub mod option {
        use super::*;

        /// Writes a time.
        pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, serializer),
                None => serializer.serialize_none(),
            }
        }

        /// Reads a time. Errs where there is no number, or one beyond the calendar.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            Option::<f64>::deserialize(deserializer)?.map(from_number).transpose()
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    fn from_number<E: Error>(seconds: f64) -> Result<Timestamp, E> {
        let millis = (seconds * 1000.0).round();
        if millis.abs() > MAX_MILLIS {
            return Err(E::custom("expected seconds since 1970"));
        }
        // A number that is no number fails every comparison, and becomes 0 here.
        Ok(Timestamp::from_millis(millis as i64))
    }

    /// The end of the year 9999.
    const MAX_MILLIS: f64 = 253_402_300_799_999.0;
}

/// `2026-01-02T03:04:05Z`, as Query writes times.
pub mod iso8601 {
    use super::*;

    /// Writes a time.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.iso8601())
    }

    /// Reads a time. Errs where it is not ISO 8601 with a zone.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        required(Timestamp::from_iso8601, deserializer)
    }

    /// The same where the time may be absent.
    pub mod option {
        use super::*;

        /// Writes a time.
        pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            write_option(time.map(Timestamp::iso8601), serializer)
        }

        /// Reads a time. Errs where it is not ISO 8601 with a zone.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            optional(Timestamp::from_iso8601, deserializer)
        }
    }
}

/// `2026-01-02T03:04:05.678Z`, as S3 writes times in XML.
pub mod iso8601_millis {
    use super::*;

    /// Writes a time.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.iso8601_millis())
    }

    /// Reads a time. Errs where it is not ISO 8601 with a zone.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        required(Timestamp::from_iso8601, deserializer)
    }

    /// The same where the time may be absent.
    pub mod option {
        use super::*;

        /// Writes a time.
        pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            write_option(time.map(Timestamp::iso8601_millis), serializer)
        }

        /// Reads a time. Errs where it is not ISO 8601 with a zone.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            optional(Timestamp::from_iso8601, deserializer)
        }
    }
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`, as headers write times.
pub mod http_date {
    use super::*;

    /// Writes a time.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.http_date())
    }

    /// Reads a time. Errs where it is not the preferred form of HTTP dates.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        required(Timestamp::from_http_date, deserializer)
    }

    /// The same where the time may be absent.
    pub mod option {
        use super::*;

        /// Writes a time.
        pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            write_option(time.map(Timestamp::http_date), serializer)
        }

        /// Reads a time. Errs where it is not the preferred form of HTTP dates.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            optional(Timestamp::from_http_date, deserializer)
        }
    }
}

type Read = fn(&str) -> Option<Timestamp>;

fn write_option<S: Serializer>(text: Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => serializer.serialize_str(&text),
        None => serializer.serialize_none(),
    }
}

fn required<'de, D: Deserializer<'de>>(read: Read, deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| D::Error::custom("expected a time"))
}

fn optional<'de, D: Deserializer<'de>>(read: Read, deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| read(&text).ok_or_else(|| D::Error::custom("expected a time"))).transpose()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;
    use vocab::Timestamp;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Times {
        #[serde(with = "super::epoch")]
        epoch: Timestamp,
        #[serde(with = "super::epoch::option", default)]
        absent: Option<Timestamp>,
        #[serde(with = "super::iso8601")]
        iso: Timestamp,
        #[serde(with = "super::iso8601_millis::option", default)]
        millis: Option<Timestamp>,
        #[serde(with = "super::http_date")]
        date: Timestamp,
    }

    #[test]
    fn one_moment_in_every_spelling() {
        let moment = Timestamp::from_millis(1_767_323_045_678);
        let second = Timestamp::from_millis(1_767_323_045_000);
        let times = Times { epoch: moment, absent: None, iso: second, millis: Some(moment), date: second };
        let written = json!({
            "epoch": 1_767_323_045.678, "absent": null, "iso": "2026-01-02T03:04:05Z",
            "millis": "2026-01-02T03:04:05.678Z", "date": "Fri, 02 Jan 2026 03:04:05 GMT",
        });
        assert_eq!(serde_json::to_value(&times).unwrap(), written);
        assert_eq!(serde_json::from_value::<Times>(written).unwrap(), times);
    }

    #[test]
    fn numbers_beyond_the_calendar_are_no_times() {
        for number in ["1e300", "-1e300", "1e18"] {
            let mut reader = serde_json::Deserializer::from_str(number);
            assert!(super::epoch::deserialize(&mut reader).is_err(), "{number}");
        }
    }
}

//! Points in time, and the spellings of them that AWS protocols use.

use std::ops::{Add, Sub};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01 UTC. Stored as that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The time `seconds` seconds after the epoch, saturating.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds with their fraction, as the JSON protocols write times.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our era fit the 53 bits exactly")]
    pub fn epoch_number(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// `2026-01-02T03:04:05Z`, as the Query protocol writes times.
    pub fn iso8601(self) -> String {
        self.written("0000-00-00T00:00:00Z")
    }

    /// `2026-01-02T03:04:05.678Z`, as S3 writes times in XML.
    pub fn iso8601_millis(self) -> String {
        self.written("0000-00-00T00:00:00.000Z")
    }

    /// `20260102T030405Z`, the form of Signature Version 4.
    pub fn amz_date(self) -> String {
        self.written("00000000T000000Z")
    }

    /// `Fri, 02 Jan 2026 03:04:05 GMT`, the form of HTTP headers.
    pub fn http_date(self) -> String {
        self.civil().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads `20260102T030405Z`, exactly.
    pub fn from_amz_date(text: &str) -> Option<Self> {
        let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = *text.as_bytes() else {
            return None;
        };
        // By hand, as every signed request has one: reading by a format costs as much as hashing the request.
        let two = |tens: u8, ones: u8| {
            let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
            digits.then(|| i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()).flatten()
        };
        let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
        let (month, day) = (two(m1, m2)?, two(d1, d2)?);
        let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
        Self::from_civil(DateTime::new(year, month, day, hour, minute, second, 0).ok()?)
    }

    /// Reads the preferred form of HTTP dates, `Fri, 02 Jan 2026 03:04:05 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        Self::from_civil(DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text).ok()?)
    }

    /// Reads an ISO 8601 date and time with its zone, such as `2026-01-02T03:04:05.678Z`.
    pub fn from_iso8601(text: &str) -> Option<Self> {
        Some(Self(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
    }

    /// The time in a shape whose zeros are the digits of year, month, day, hour, minute, second and millisecond. By
    /// hand: every request writes times, and reading a format costs ten times as much.
    fn written(self, shape: &str) -> String {
        let civil = self.civil();
        let number = [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()];
        let digits = number.iter().fold(u64::try_from(civil.year()).unwrap_or_default(), |digits, two| {
            digits * 100 + u64::try_from(*two).unwrap_or_default()
        });
        let mut unit = 10_u64.pow(16);
        let digits = digits * 1000 + u64::try_from(self.0.rem_euclid(1000)).unwrap_or_default();
        let written = shape.bytes().map(|byte| {
            if byte != b'0' {
                return byte;
            }
            let digit = digits / unit % 10;
            unit = (unit / 10).max(1);
            b'0' + u8::try_from(digit).unwrap_or_default()
        });
        String::from_utf8(written.collect()).unwrap_or_default()
    }

    fn from_civil(civil: DateTime) -> Option<Self> {
        Some(Self(TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond()))
    }

    fn civil(self) -> DateTime {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        TimeZone::UTC.to_datetime(instant)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, before: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(before.as_millis()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_moment() {
        let time = Timestamp::from_millis(1_767_323_045_678);
        assert_eq!(time.iso8601(), "2026-01-02T03:04:05Z");
        assert_eq!(time.iso8601_millis(), "2026-01-02T03:04:05.678Z");
        assert_eq!(time.amz_date(), "20260102T030405Z");
        assert_eq!(time.http_date(), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(Timestamp::from_amz_date("20260102T030405Z"), Some(Timestamp::from_seconds(time.seconds())));
        assert_eq!(Timestamp::from_http_date(&time.http_date()), Some(Timestamp::from_seconds(time.seconds())));
        assert_eq!(Timestamp::from_iso8601(&time.iso8601_millis()), Some(time));
        assert_eq!(Timestamp::from_millis(-1).iso8601_millis(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).iso8601(), "9999-12-30T22:00:00Z");
    }

    #[test]
    fn other_shapes_are_no_amz_date() {
        for bad in [
            "",
            "20260102T030405",
            "2026-01-02T03:04Z",
            "20261302T030405Z",
            "20260230T030405Z",
            "20260102T240405Z",
            "20260102T036005Z",
            "20260102T030460Z",
            "20260102T030405z",
            "+0260102T030405Z",
            "2026010/T030405Z",
            "2026010:T030405Z",
        ] {
            assert_eq!(Timestamp::from_amz_date(bad), None, "{bad}");
        }
    }
}

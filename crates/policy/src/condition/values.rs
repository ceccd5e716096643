//! Readings of texts as numbers, instants and addresses, for the conditions that compare these.

use std::net::IpAddr;

use ipnet::IpNet;

/// A decimal number as a multiple of 10⁻¹⁸: exact up to twenty digits before and eighteen after the point.
pub(crate) fn number(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= 18)?;
    let whole = natural(whole, 20)?.checked_mul(10_i128.pow(18))?;
    let number = whole.checked_add(natural(fraction, 18)?.checked_mul(10_i128.pow(18 - places))?)?;
    Some(if negative { -number } else { number })
}

/// An instant in nanoseconds since 1970-01-01 UTC: epoch seconds, or the W3C profile of ISO 8601 with the liberties
/// that the real service takes. Four digits alone are a year.
pub(crate) fn instant(text: &str) -> Option<i128> {
    if let Some(seconds) = whole_second(text) {
        return Some(i128::from(seconds) * NANOS);
    }
    if text.len() != 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok().map(|seconds| i128::from(seconds) * NANOS);
    }
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let days = i128::from(day(date)?);
    let nanos = if time.is_empty() { 0 } else { time_of_day(time)? };
    Some(days * 86_400 * NANOS + nanos)
}

/// The range of an `IpAddress` value; a single address is the range of itself.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| address(text).map(IpNet::from))
}

/// An address; IPv4 in IPv6 clothes is IPv4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// `true` or `false` in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

/// Seconds from the epoch to `YYYY-MM-DDThh:mm:ssZ`: servers write instants in this form, so nearly all that are read
/// for a request have it. `None` where the text has another.
fn whole_second(text: &str) -> Option<i64> {
    let [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'Z'] = *text.as_bytes() else {
        return None;
    };
    if ![a, b, c, d, e, f, g, h, i, j, k, l, m, n].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (year, month, day) = (pair(a, b) * 100 + pair(c, d), pair(e, f), pair(g, h));
    let (hours, minutes, seconds) = (pair(i, j), pair(k, l), pair(m, n));
    let exists = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    let whole = exists && hours < 24 && minutes < 60 && seconds <= 60;
    whole.then(|| days_from_civil(year, month, day) * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

/// Days from the epoch to the first instant of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn day(date: &str) -> Option<i64> {
    let (negative, date) = date.strip_prefix('-').map_or((false, date), |date| (true, date));
    let mut parts = date.split('-');
    let year = short(parts.next()?, 9)?;
    let year = if negative { -year } else { year };
    let month = parts.next().map_or(Some(1), |text| within(text, 1, 12))?;
    let day = parts.next().map_or(Some(1), |text| within(text, 1, days_of(year, month)))?;
    let whole = parts.next().is_none() && (-292_275_054..=292_278_993).contains(&year);
    whole.then(|| days_from_civil(year, month, day))
}

/// Nanoseconds from midnight UTC to `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s` with or without a zone.
fn time_of_day(time: &str) -> Option<i128> {
    let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, "Z"),
    };
    let mut parts = clock.split(':');
    let hours = within(parts.next()?, 0, 23)?;
    let minutes = parts.next().map_or(Some(0), |text| within(text, 0, 59))?;
    let (seconds, fraction) = parts.next().map_or(("0", ""), |text| text.split_once('.').unwrap_or((text, "")));
    let seconds = within(seconds, 0, 60)?;
    let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= 9)?;
    let nanos = if fraction.is_empty() { 0 } else { short(fraction, 9)? * 10_i64.pow(9 - places) };
    let minutes = hours * 60 + minutes - offset(zone)?;
    parts.next().is_none().then_some(i128::from(minutes * 60 + seconds) * NANOS + i128::from(nanos))
}

/// The minutes that a zone is ahead of UTC: `Z`, `+hh`, `+hh:mm` or `+hhmm`.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(cut) => cut,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    Some(sign * (within(hours, 0, 23)? * 60 + within(minutes, 0, 59)?))
}

fn within(text: &str, least: i64, most: i64) -> Option<i64> {
    short(text, 2).filter(|number| (least..=most).contains(number))
}

/// As `natural`, for numbers that are given and fit into a word: dates are read for many requests.
fn short(text: &str, digits: usize) -> Option<i64> {
    let significant = text.trim_start_matches('0');
    if text.is_empty() || significant.len() > digits {
        return None;
    }
    let add = |number: i64, byte: u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    significant.bytes().try_fold(0, add)
}

/// A number of at most so many digits after its leading zeros; no digit at all is zero.
fn natural(text: &str, digits: usize) -> Option<i128> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = text.trim_start_matches('0');
    if text.is_empty() {
        return Some(0);
    }
    text.parse().ok().filter(|_| text.len() <= digits)
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March, so the leap day ends it.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const NANOS: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_decimals() {
        assert_eq!(number("1.20"), number("1.2"));
        assert_eq!(number("-0"), number("0"));
        assert_eq!(number("007"), number("+7.0"));
        assert_eq!(number(".5"), number("0.5"));
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("-2") < number("-1"));
        for bad in ["", "-", ".", "1e3", "1.2.3", "0x1", "١", "1 2", "1,5", "123456789012345678901"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_are_read_in_all_their_spellings() {
        let noon = Some(1_700_000_000 * NANOS);
        for text in [
            "1700000000",
            "2023-11-14T22:13:20Z",
            "2023-11-14t22:13:20z",
            "2023-11-14T22:13:20",
            "2023-11-14T23:13:20+01:00",
            "2023-11-15T00:13:20.000+02",
            "2023-11-14T20:43:20-0130",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        assert_eq!(instant("1970"), Some(0));
        assert_eq!(instant("1970-02"), Some(31 * 86_400 * NANOS));
        assert_eq!(instant("2024-02-29"), Some(1_709_164_800 * NANOS));
        assert_eq!(instant("1969-12-31T23:59:59.5Z"), Some(-NANOS / 2));
        for odd in ["01T", "-292275054", "2016-12-13t2:00:00.593194+23", "9223372036854775807", "0"] {
            assert!(instant(odd).is_some(), "{odd}");
        }
    }

    #[test]
    fn the_usual_form_is_read_at_once_as_it_is_read_by_parts() {
        for year in [0, 1969, 1970, 2000, 2023, 2024, 2100, 9999] {
            for rest in [
                "-02-29T00:00:00",
                "-02-28T23:59:59",
                "-00-01T00:00:00",
                "-13-01T00:00:00",
                "-04-31T00:00:00",
                "-12-31T24:00:00",
                "-01-00T00:00:00",
                "-06-30T23:59:60",
                "-06-30T23:59:61",
                "-06-30T23:60:00",
                "-06-30T1a:00:00",
                "-06-30T12:+1:00",
                "-06-30T12:00: 1",
                "-0630-T12:00:00",
            ] {
                let usual = format!("{year:04}{rest}Z");
                let by_parts = instant(&format!("{year:04}{rest}+00"));
                assert_eq!(whole_second(&usual).map(|seconds| i128::from(seconds) * NANOS), by_parts, "{usual}");
            }
        }
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for bad in [
            "",
            "sdfdsf",
            "234-13",
            "9223372036854775808",
            "2023-02-29",
            "2023-13-01",
            "2023-01-01T24:00:00Z",
            "-",
            "2023-01-01-01",
            "2023-01-01T10:00:00.1234567890Z",
            "2023-01-01T10:00:00+25",
            "٢٠٢٣-01-01",
            "T",
            "--1",
        ] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn addresses_are_numbers_whatever_their_spelling() {
        assert!(range("2001:DB8::/32").unwrap().contains(&address("2001:db8:0::1").unwrap()));
        assert!(range("10.1.2.3/8").unwrap().contains(&address("10.200.0.1").unwrap()), "host bits are masked");
        assert!(range("10.0.0.1").unwrap().contains(&address("::ffff:10.0.0.1").unwrap()));
        assert!(!range("0.0.0.0/0").unwrap().contains(&address("::1").unwrap()));
        assert!(!range("::/0").unwrap().contains(&address("10.0.0.1").unwrap()));
        assert!(range("10.0.0.0/33").is_none() && range("10.0.0.01").is_none() && address("10.0.0.0/8").is_none());
    }
}

//! Numbers, dates, addresses, truth values and bytes (8.3).

use std::net::IpAddr;

/// An instant: nanoseconds since 1970.
pub(super) fn instant(text: &str) -> Option<i128> {
    // Bare digits are seconds since 1970; but four digits are a year.
    if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() && text.len() != 4 {
        return text.parse::<i64>().ok().map(|seconds| i128::from(seconds) * 1_000_000_000);
    }
    let (date, time) = match text.find(['T', 't']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let (sign, date) = match date.strip_prefix('-') {
        Some(date) => (-1, date),
        None => (1, date),
    };
    let mut date = date.split('-');
    let year = sign * digits(date.next()?, 9)?;
    let month = date.next().map_or(Some(1), |month| digits(month, 2))?;
    let day = date.next().map_or(Some(1), |day| digits(day, 2))?;
    let known = (-292_275_054..=292_278_993).contains(&year) && (1..=12).contains(&month) && day >= 1;
    if !known || day > month_length(year, month) || date.next().is_some() {
        return None;
    }
    let days = days_before_year(year) + (1..month).map(|month| month_length(year, month)).sum::<i64>() + day - 1;
    let nanos = if time.is_empty() { 0 } else { nanos_of_day(time)? };
    Some(i128::from(days - days_before_year(1970)) * 86_400_000_000_000 + nanos)
}

/// `hh[:mm[:ss[.s]]]` and a zone.
fn nanos_of_day(time: &str) -> Option<i128> {
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let ahead = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let written = zone[1..].replacen(':', "", 1);
            let (hours, minutes) = if written.len() == 4 { written.split_at(2) } else { (written.as_str(), "0") };
            let hours = digits(hours, 2).filter(|hours| *hours < 24)?;
            let minutes = hours * 60 + digits(minutes, 2).filter(|minutes| *minutes < 60)?;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let mut clock = clock.split(':');
    let hours = digits(clock.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = clock.next().map_or(Some(0), |minutes| digits(minutes, 2)).filter(|minutes| *minutes < 60)?;
    let (seconds, fraction) = match clock.next() {
        None => (0, 0),
        Some(text) => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let padded = format!("{fraction:0<9}");
            (digits(seconds, 2).filter(|seconds| *seconds <= 60)?, digits(&padded, 9)?)
        }
    };
    let seconds = (hours * 60 + minutes - ahead) * 60 + seconds;
    clock.next().is_none().then_some(i128::from(seconds) * 1_000_000_000 + i128::from(fraction))
}

fn digits(text: &str, most: usize) -> Option<i64> {
    let good = !text.is_empty() && text.len() <= most && text.chars().all(|c| c.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from the first day of the year 0 to that of another: each year has 365, each leap year before it one more.
fn days_before_year(year: i64) -> i64 {
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    year * 365 + leaps
}

/// A decimal as its sign and its digits, lined up so that texts of digits compare as numbers do.
pub(super) fn number(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, unsigned) = match text.chars().next()? {
        '-' => (-1, &text[1..]),
        '+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let any = !whole.is_empty() || !fraction.is_empty();
    if !any || !format!("{whole}{fraction}").chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{fraction:0<18}").parse::<i128>().ok().map(|digits| sign * digits)
}

pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The bits of an address and how many of them there are; IPv4 in IPv6 clothes is IPv4.
pub(super) fn address(text: &str) -> Option<(u128, u32)> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some((u128::from(u32::from(address)), 32)),
        IpAddr::V6(address) => Some((u128::from(address), 128)),
    }
}

/// The bits of a range, how many an address has, and how many of them count.
pub(super) fn range(text: &str) -> Option<(u128, u32, u32)> {
    let (start, length) = text.split_once('/').unwrap_or((text, ""));
    let (bits, width) = address(start)?;
    let length = if text.contains('/') { length.parse().ok().filter(|length| *length <= width)? } else { width };
    Some((bits, width, length))
}

/// The bytes of padded base64.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let unpadded = text.trim_end_matches('=');
    let padding = text.len() - unpadded.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bits = vec![];
    for letter in unpadded.chars() {
        let value = LETTERS.find(letter)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let (whole, rest) = bits.split_at(bits.len() / 8 * 8);
    let bytes = whole.chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8));
    rest.iter().all(|bit| *bit == 0).then(|| bytes.collect())
}

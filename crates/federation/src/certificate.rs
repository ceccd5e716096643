//! What is read of an X.509 certificate: its dates, since a trust anchor's own are checked by nobody else, and its key.

use vocab::Timestamp;

/// Whether `now` lies within the validity of a DER certificate; not so for what is no certificate.
pub(crate) fn is_current(certificate: &[u8], now: Timestamp) -> bool {
    validity(certificate).is_some_and(|(from, until)| from <= now && now <= until)
}

/// The key that a certificate is for.
pub(crate) enum Material<'a> {
    /// Modulus and exponent, big endian.
    Rsa(&'a [u8], &'a [u8]),
    /// Curve and uncompressed point, without its first byte.
    Ec(&'static str, &'a [u8]),
}

/// The public key of a DER certificate; `None` where it is no certificate, or has a key of another kind.
pub(crate) fn material(certificate: &[u8]) -> Option<Material<'_>> {
    let (key, _) = expect(after_validity(certificate)?.1, SEQUENCE)?;
    let (algorithm, rest) = expect(key, SEQUENCE)?;
    let (kind, parameters) = expect(algorithm, OBJECT)?;
    let (bits, _) = expect(rest, BITS)?;
    let bits = bits.strip_prefix(&[0])?;
    match kind {
        RSA => {
            let (numbers, _) = expect(bits, SEQUENCE)?;
            let (modulus, rest) = expect(numbers, INTEGER)?;
            let (exponent, _) = expect(rest, INTEGER)?;
            Some(Material::Rsa(modulus, exponent))
        }
        EC => {
            let (curve, _) = expect(parameters, OBJECT)?;
            let curve = CURVES.iter().find_map(|(oid, name)| (*oid == curve).then_some(*name))?;
            Some(Material::Ec(curve, bits.strip_prefix(&[4])?))
        }
        _ => None,
    }
}

/// Whether a certificate has an extension twice, which X.509 forbids; what cannot be read counts as that.
pub(crate) fn repeats_extension(certificate: &[u8]) -> bool {
    repeated(certificate).unwrap_or(true)
}

fn repeated(certificate: &[u8]) -> Option<bool> {
    let (_, mut rest) = expect(after_validity(certificate)?.1, SEQUENCE)?;
    while !rest.is_empty() {
        let (tag, content, after) = element(rest)?;
        rest = after;
        if tag == EXTENSIONS {
            let (mut list, _) = expect(content, SEQUENCE)?;
            let mut seen = Vec::new();
            while !list.is_empty() {
                let (extension, after) = expect(list, SEQUENCE)?;
                let (kind, _) = expect(extension, OBJECT)?;
                if seen.contains(&kind) {
                    return Some(true);
                }
                seen.push(kind);
                list = after;
            }
        }
    }
    Some(false)
}

fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (validity, _) = after_validity(certificate)?;
    let (from, rest) = time(validity)?;
    let (until, _) = time(rest)?;
    Some((from, until))
}

/// The validity, and what follows the subject after it: first of all the public key.
fn after_validity(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (certificate, _) = expect(certificate, SEQUENCE)?;
    let (body, _) = expect(certificate, SEQUENCE)?;
    // Version (absent in version 1), serial number, signature algorithm, issuer.
    let body = expect(body, VERSION).map_or(body, |(_, rest)| rest);
    let (_, body) = expect(body, INTEGER)?;
    let (_, body) = expect(body, SEQUENCE)?;
    let (_, body) = expect(body, SEQUENCE)?;
    let (validity, body) = expect(body, SEQUENCE)?;
    let (_, body) = expect(body, SEQUENCE)?;
    Some((validity, body))
}

fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let digits = match tag {
        UTC_TIME if digits.len() == 12 => {
            let century = if digits < "50" { "20" } else { "19" };
            format!("{century}{digits}")
        }
        GENERALIZED_TIME if digits.len() == 14 => digits.to_owned(),
        _ => return None,
    };
    let (date, clock) = digits.split_at_checked(8)?;
    Some((Timestamp::from_amz_date(&format!("{date}T{clock}Z"))?, rest))
}

fn expect(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// Tag, content and what follows of the first element.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=3).contains(&count) {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// `id-ecPublicKey`, 1.2.840.10045.2.1.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// `secp256r1`, `secp384r1`, `secp521r1`.
const CURVES: [(&[u8], &str); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256"),
    (&[0x2b, 0x81, 0x04, 0, 34], "P-384"),
    (&[0x2b, 0x81, 0x04, 0, 35], "P-521"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_counts_within_its_dates() {
        let mut parameters = rcgen::CertificateParams::new(vec!["a.b".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2026, 1, 2);
        parameters.not_after = rcgen::date_time_ymd(2051, 3, 4);
        let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let at = |text: &str| is_current(certificate.der(), Timestamp::from_amz_date(text).unwrap());
        assert!(at("20260102T000000Z") && at("20510304T000000Z"));
        assert!(!at("20260101T235959Z") && !at("20510304T000001Z"));
    }

    #[test]
    fn what_is_no_certificate_is_not_current() {
        for bad in [&b""[..], b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00", b"-----BEGIN"] {
            assert!(!is_current(bad, Timestamp::from_seconds(0)));
            assert!(material(bad).is_none() && repeats_extension(bad));
        }
    }

    #[test]
    fn keys_are_read_out_of_certificates() {
        for algorithm in [&rcgen::PKCS_RSA_SHA256, &rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let parameters = rcgen::CertificateParams::new(vec!["a.b".to_owned()]).unwrap();
            let certificate = parameters.self_signed(&key).unwrap();
            assert!(!repeats_extension(certificate.der()));
            let raw = rcgen::PublicKeyData::der_bytes(&key);
            match material(certificate.der()).unwrap() {
                Material::Rsa(modulus, exponent) => {
                    assert_eq!((modulus.len(), exponent), (257, &[1, 0, 1][..]));
                    assert!(raw.windows(modulus.len()).any(|part| part == modulus));
                }
                Material::Ec(_, point) => assert_eq!(raw.get(1..), Some(point)),
            }
        }
    }

    #[test]
    fn an_extension_stands_once() {
        let extension = |number| rcgen::CustomExtension::from_oid_content(&[2, 5, 29, number], vec![5, 0]);
        let repeats = |numbers: [u64; 2]| {
            let mut parameters = rcgen::CertificateParams::new(vec!["a.b".to_owned()]).unwrap();
            parameters.custom_extensions = numbers.into_iter().map(extension).collect();
            let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            repeats_extension(certificate.der())
        };
        assert!(repeats([99, 99]));
        assert!(!repeats([98, 99]));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = is_current(&bytes, Timestamp::from_seconds(0));
            let _ = (material(&bytes), repeats_extension(&bytes));
        }
    }
}

//! Hexadecimal in lower case: how hashes and signatures are written. Both ways are loops without a branch, which
//! compile to few instructions.

/// The digits of 32 bytes.
pub(crate) fn encode(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

/// The digits of 32 bytes, as text.
pub(crate) fn text(bytes: &[u8; 32]) -> String {
    // Digits are ASCII.
    String::from_utf8(encode(bytes).to_vec()).unwrap_or_default()
}

/// Reads 64 lower-case digits; upper case is another text, and so another signature.
pub(crate) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.try_into().ok()?;
    let mut bytes = [0; 32];
    let mut right = true;
    for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = half(*high) << 4 | half(*low);
        right &= is_digit(*high) & is_digit(*low);
    }
    right.then_some(bytes)
}

fn digit(half: u8) -> u8 {
    if half < 10 { b'0' + half } else { b'a' - 10 + half }
}

fn half(digit: u8) -> u8 {
    (digit & 15) + if digit >= b'a' { 9 } else { 0 }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() | matches!(byte, b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_digits_are_a_hash() {
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let hash = crate::sha256(b"");
        assert_eq!(decode(digits.as_bytes()), Some(hash));
        assert_eq!(&encode(&hash), digits.as_bytes());
        assert_eq!(text(&hash), digits);
        assert_eq!(decode(digits.to_uppercase().as_bytes()), None);
        assert_eq!(decode(&digits.as_bytes()[2..]), None);
        for wrong in ["g", "/", ":", "`", "\u{7f}", "@", "A", " "] {
            assert_eq!(decode(digits.replacen('e', wrong, 1).as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn every_byte_reads_back() {
        for byte in 0..=255 {
            assert_eq!(decode(&encode(&[byte; 32])), Some([byte; 32]));
        }
    }
}

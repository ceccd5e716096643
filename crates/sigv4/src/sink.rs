//! Where canonical text goes: into a digest, or into bytes that are shown.

use sha2::digest::Update;

/// Takes text piece by piece.
pub(crate) trait Sink {
    fn put(&mut self, piece: &[u8]);
    fn byte(&mut self, byte: u8);
}

impl Sink for Vec<u8> {
    fn put(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }

    fn byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// A digest that is fed many small pieces: they are gathered first, which costs less than to hand over each.
pub(crate) struct Gathered<'a, D: Update> {
    digest: &'a mut D,
    pieces: [u8; ROOM],
    used: usize,
}

impl<'a, D: Update> Gathered<'a, D> {
    pub(crate) fn new(digest: &'a mut D) -> Self {
        Self { digest, pieces: [0; ROOM], used: 0 }
    }

    /// Hands over what is left.
    pub(crate) fn end(mut self) {
        self.hand_over();
    }

    fn hand_over(&mut self) {
        self.digest.update(self.pieces.get(..self.used).unwrap_or_default());
        self.used = 0;
    }
}

impl<D: Update> Sink for Gathered<'_, D> {
    fn put(&mut self, piece: &[u8]) {
        if piece.len() > ROOM - self.used {
            self.hand_over();
        }
        let end = self.used + piece.len();
        match self.pieces.get_mut(self.used..end) {
            Some(free) => {
                free.copy_from_slice(piece);
                self.used = end;
            }
            None => self.digest.update(piece),
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.pieces.get_mut(self.used) {
            Some(free) => {
                *free = byte;
                self.used += 1;
            }
            None => self.put(&[byte]),
        }
    }
}

/// Enough for a small canonical request, or what surrounds a session token in a large one.
const ROOM: usize = 256;

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn pieces_of_any_length_make_the_same_digest() {
        for lengths in [&[0, 1, 255, 1, 0][..], &[256], &[257], &[200, 200, 200], &[5, 2000, 5], &[1; 1500]] {
            let mut digest = Sha256::new();
            let mut gathered = Gathered::new(&mut digest);
            let mut whole = Vec::new();
            for (at, length) in lengths.iter().enumerate() {
                let piece = vec![u8::try_from(at % 251).unwrap(); *length];
                gathered.put(&piece);
                gathered.byte(b'x');
                whole.put(&piece);
                whole.byte(b'x');
            }
            gathered.end();
            assert_eq!(digest.finalize(), Sha256::digest(&whole), "{lengths:?}");
        }
    }
}

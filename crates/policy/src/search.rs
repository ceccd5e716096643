//! Seeking a text with wild characters in a long text: all places at once, a bit for each character that is sought, so
//! that no pattern makes a long text slow.

use std::collections::HashMap;

/// What follows the leftmost place of `sought` in `text`; `None` in it is any character.
///
/// A bit of the state says that the characters sought so far, up to that of the bit, are those before the present place
/// (Baeza-Yates and Gonnet, "A New Approach to Text Searching").
pub(crate) fn after<'t>(sought: &[Option<char>], text: &'t str) -> Option<&'t str> {
    let Some(last) = sought.len().checked_sub(1) else { return Some(text) };
    if sought.len() > text.len() {
        return None;
    }
    let masks = Masks::of(sought);
    let mut state = vec![0_u64; masks.words];
    for (at, character) in text.char_indices() {
        let mut carried = 1;
        for (word, mask) in state.iter_mut().zip(masks.of_character(character)) {
            let next = *word >> 63;
            *word = (*word << 1 | carried) & mask;
            carried = next;
        }
        if state.last().is_some_and(|word| word >> (last % 64) & 1 == 1) {
            return text.get(at + character.len_utf8()..);
        }
    }
    None
}

/// For each character the places at which it may stand, as bits.
struct Masks {
    words: usize,
    /// One row after another; the first is of characters that are not sought.
    rows: Vec<u64>,
    /// The row of each character of ASCII, and of others.
    ascii: [usize; 128],
    others: HashMap<char, usize>,
}

impl Masks {
    fn of(sought: &[Option<char>]) -> Self {
        let words = sought.len().div_ceil(64);
        let mut masks = Self { words, rows: vec![0; words], ascii: [0; 128], others: HashMap::new() };
        let bit = |at: usize| 1_u64 << (at % 64);
        for (at, _) in sought.iter().enumerate().filter(|(_, one)| one.is_none()) {
            masks.rows.get_mut(at / 64).into_iter().for_each(|word| *word |= bit(at));
        }
        for (at, character) in sought.iter().enumerate().filter_map(|(at, one)| Some((at, (*one)?))) {
            let row = masks.own_row(character);
            masks.rows.get_mut(row * words + at / 64).into_iter().for_each(|word| *word |= bit(at));
        }
        masks
    }

    /// The row of a character that is sought.
    fn own_row(&mut self, character: char) -> usize {
        let free = self.rows.len() / self.words;
        let row = match self.ascii.get_mut(character as usize) {
            Some(row) => row,
            None => self.others.entry(character).or_default(),
        };
        if *row == 0 {
            *row = free;
            self.rows.extend_from_within(..self.words);
        }
        *row
    }

    fn of_character(&self, character: char) -> &[u64] {
        let row = self.ascii.get(character as usize).or_else(|| self.others.get(&character));
        let start = row.copied().unwrap_or_default() * self.words;
        self.rows.get(start..start + self.words).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, by looking at every place.
    fn slowly<'t>(sought: &[Option<char>], text: &'t str) -> Option<&'t str> {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        starts.map(|at| &text[at..]).find_map(|rest| {
            let mut chars = rest.chars();
            sought
                .iter()
                .all(|one| chars.next().is_some_and(|seen| one.is_none_or(|one| one == seen)))
                .then_some(chars.as_str())
        })
    }

    proptest! {
        #[test]
        fn every_place_is_found_as_by_looking_at_each(
            sought in proptest::collection::vec(proptest::option::of("[ab\u{e9}]".prop_map(|one| one.chars().next().unwrap())), 0..5),
            times in 1_usize..40,
            text in "[ab\u{e9}\u{1f3ae}]{0,40}",
            copies in 1_usize..20,
        ) {
            let (sought, text) = (sought.repeat(times), text.repeat(copies));
            prop_assert_eq!(after(&sought, &text), slowly(&sought, &text));
            let whole: Vec<_> = text.chars().map(Some).collect();
            prop_assert_eq!(after(&whole, &text), Some(""));
        }
    }

    #[test]
    fn the_leftmost_place_is_the_one() {
        let sought = [Some('a'), None, Some('b')];
        assert_eq!(after(&sought, "xaabab"), Some("ab"));
        assert_eq!(after(&sought, "xaaa"), None);
        assert_eq!(after(&[], "x"), Some("x"));
    }
}

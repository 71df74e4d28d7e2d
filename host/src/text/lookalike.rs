//! Which characters a reader takes for `<`, for `/`, for nothing, and for an ASCII letter. Tables and the skeletons of
//! UTS 39; no knowledge of which words are dangerous.

/// What a character is, to somebody who looks for a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Looks like these ASCII letters or digits, in the folded form of [`fold_ascii`].
    Letters(String),
    /// A space, or something that looks like one.
    Gap,
    /// Nothing at all.
    Nothing,
    /// A slash, whichever script it comes from.
    Slash,
    /// A hyphen or low line, as names have them inside.
    Dash,
    /// `|`: a mark around some envelopes' names, and a look-alike of `l`.
    Bar,
    /// Anything else ends a name.
    Other,
}

/// Brackets that are taken for `<`. Arrows and signs of order are left out: nobody reads `a ≤ b` as a tag.
const BRACKETS: &[char] = &[
    '<',
    '«',
    '˂',
    '˱',
    'ᐊ',
    'ᐸ',
    'ᑅ',
    'ᚲ',
    '᚜',
    '‹',
    '⋖',
    '\u{2329}',
    '◁',
    '◂',
    '◃',
    '❬',
    '❮',
    '❰',
    '⟨',
    '⟪',
    '⦉',
    '⦑',
    '⦓',
    '⧼',
    '⪡',
    'ⲵ',
    '\u{3008}',
    '《',
    '︿',
    '﹤',
    '＜',
    '\u{16AEC}',
    '\u{1D236}',
    '\u{1032D}',
    '\u{2D66}',
];

/// Strokes that are taken for `/`.
const SLASHES: &[char] = &[
    '/',
    '᜵',
    '⁁',
    '⁄',
    '∕',
    '╱',
    '⟋',
    '⧸',
    'Ⳇ',
    'ⳇ',
    '⼃',
    '〳',
    'ノ',
    '㇒',
    '㇓',
    '丿',
    '／',
    'ﾉ',
    '\u{1D23A}',
];

/// Whether a reader may take this for the bracket that opens a tag.
pub(super) fn opens(c: char) -> bool {
    BRACKETS.contains(&c)
}

/// How a reader sees this character behind an opening bracket.
pub(super) fn seen(c: char) -> Seen {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Seen::Letters(fold_ascii(c).into()),
        '|' | '｜' | '∣' | '⏐' | '￨' => Seen::Bar,
        '-' | '_' | '\u{2010}'..='\u{2015}' | '−' | '＿' | '－' | '﹣' | '‿' | '﹘' | '˗' => Seen::Dash,
        c if SLASHES.contains(&c) => Seen::Slash,
        '\u{2800}' | '\u{FFFC}' => Seen::Gap,
        c if c.is_whitespace() => Seen::Gap,
        c if c.is_control() || super::clean::is_unseen(c) || is_mark(c) => Seen::Nothing,
        c if c.is_ascii() || opens(c) => Seen::Other,
        c => letters(c).map_or(Seen::Other, Seen::Letters),
    }
}

/// One ASCII letter or digit as the skeleton shows it, in one case: `m` and `rn` are the same to the eye, and so are
/// `I`, `i`, `l` and `1`, as are `O` and `0`.
pub(super) fn fold_ascii(c: char) -> &'static str {
    const LETTERS: [&str; 26] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "l", "j", "k", "l", "rn", "n", "o", "p", "q", "r", "s", "t", "u", "v",
        "w", "x", "y", "z",
    ];
    match c.to_ascii_lowercase() {
        c @ 'a'..='z' => LETTERS[usize::from(c as u8 - b'a')],
        '0' => "o",
        '1' => "l",
        _ => "?",
    }
}

/// Combining marks: drawn over a letter, they leave it readable.
fn is_mark(c: char) -> bool {
    matches!(
        u32::from(c),
        0x300..=0x36F | 0x483..=0x489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F
    )
}

/// The ASCII letters that this character resembles, as it stands or in lower case.
fn letters(c: char) -> Option<String> {
    if let Some(letter) = styled(c) {
        return Some(fold_ascii(letter).into());
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    folded(c).or_else(|| folded(lower))
}

fn folded(c: char) -> Option<String> {
    let mut out = String::new();
    for part in unicode_security::skeleton(c.encode_utf8(&mut [0; 4])) {
        if is_mark(part) {
            continue;
        }
        let part = styled(part).unwrap_or(part);
        if !part.is_ascii_alphanumeric() {
            return None;
        }
        out.push_str(fold_ascii(part));
    }
    (!out.is_empty()).then_some(out)
}

/// Alphabets that are ASCII in another dress, and that the skeletons leave out.
fn styled(c: char) -> Option<char> {
    const ALPHABETS: [u32; 9] = [
        0x249C, 0x24B6, 0x24D0, 0xFF21, 0xFF41, 0x1F110, 0x1F130, 0x1F150, 0x1F170,
    ];
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\0ʏᴢ";
    const RAISED: &str = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ𐞥ʳˢᵗᵘᵛʷˣʸᶻ";
    const LOWERED: &str = "ₐ\0\0\0ₑ\0\0ₕᵢⱼₖₗₘₙₒₚ\0ᵣₛₜᵤᵥ\0ₓ";
    const REGIONAL: u32 = 0x1F1E6;
    let code = u32::from(c);
    let start = ALPHABETS
        .into_iter()
        .chain([REGIONAL])
        .find(|start| (*start..start + 26).contains(&code));
    let place = match start {
        Some(start) => code - start,
        None if c == '\0' => return None,
        None => [SMALL, RAISED, LOWERED]
            .iter()
            .find_map(|row| row.chars().position(|other| other == c))? as u32,
    };
    char::from_u32(u32::from('a') + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_folds_are_the_skeletons() {
        for c in ('a'..='z').chain(['0', '1']) {
            let skeleton: String = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).collect();
            assert_eq!(fold_ascii(c), skeleton.to_lowercase().replace('i', "l"), "{c}");
        }
    }

    #[test]
    fn every_confusable_of_the_bracket_opens() {
        for c in '\0'..=char::MAX {
            let skeleton: String = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).collect();
            assert!(
                skeleton != "<" || opens(c),
                "U+{:04X} looks like an opening bracket",
                u32::from(c)
            );
        }
    }

    #[test]
    fn every_confusable_of_the_slash_is_one() {
        for c in '\0'..=char::MAX {
            let skeleton: String = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).collect();
            assert!(
                skeleton != "/" || seen(c) == Seen::Slash,
                "U+{:04X} looks like a slash",
                u32::from(c)
            );
        }
    }

    #[test]
    fn sees() {
        let check = |text: &str, expected: &str| {
            for c in text.chars() {
                assert_eq!(seen(c), Seen::Letters(expected.into()), "{c} U+{:04X}", u32::from(c));
            }
        };
        check("cCсСｃＣ𝐜𝒄ⓒⒸⅽᴄᶜçĉ🅲🄲🇨⒞", "c");
        check("hHһНｈ𝕙ⓗʰʜĥₕ", "h");
        check("nNｎ𝗻ⓝⁿɴñ", "n");
        check("eEеЕｅ𝐞ⓔᵉᴇéₑ", "e");
        check("lLiI1ｌℓⅼⓛˡʟıіІ", "l");
        check("mMｍⓜᵐ", "rn");
        for c in ['\u{200B}', '\u{301}', '\u{E0063}', '\u{7}', '\u{3164}'] {
            assert_eq!(seen(c), Seen::Nothing, "U+{:04X}", u32::from(c));
        }
        for c in [' ', '\n', '\u{A0}', '\u{3000}', '\u{2800}'] {
            assert_eq!(seen(c), Seen::Gap, "U+{:04X}", u32::from(c));
        }
        assert_eq!(seen('語'), Seen::Other);
    }
}

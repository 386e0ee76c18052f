//! Tags of languages (BCP 47): their form and parts.

use whatlang::Lang;

/// The parts of a tag; callers write `zh_CN` too.
pub fn subtags(tag: &str) -> impl Iterator<Item = &str> {
    tag.split(['-', '_'])
}

/// The first part of a tag, in lower case: `zh` of `zh-Hans`.
#[must_use]
pub fn primary(tag: &str) -> String {
    subtags(tag).next().unwrap_or_default().to_lowercase()
}

/// The tag with `zh` for Mandarin's own `cmn`, which speech services write: `zh-Hans-CN` of `cmn-Hans-CN`.
#[must_use]
pub fn macro_tag(tag: String) -> String {
    match primary(&tag).as_str() {
        "cmn" => format!("zh{}", &tag["cmn".len()..]),
        _ => tag,
    }
}

/// Whether a text has the form of a BCP 47 tag, such as en or zh-Hans.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.len() <= 35 && subtags(text).all(is_part)
}

/// Whether a text is the tag of a language that can be told, with or without script and region.
#[must_use]
pub fn is_known_tag(text: &str) -> bool {
    let own = primary(text);
    let mut known = Lang::all().iter().map(|lang| primary(tag(*lang)));
    is_tag(text) && known.any(|known| known == own)
}

/// BCP 47 tag of a language.
pub(super) fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh-Hans",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_part_comes_first() {
        assert_eq!(primary("zh_CN"), "zh");
        assert_eq!(primary("ZH-Hans"), "zh");
        assert_eq!(primary("en"), "en");
    }

    #[test]
    fn mandarin_is_chinese() {
        let check = |tag: &str, expected| assert_eq!(macro_tag(tag.to_owned()), expected);
        check("cmn-Hans-CN", "zh-Hans-CN");
        check("CMN_Hant", "zh_Hant");
        check("cmn", "zh");
        check("yue-Hant-HK", "yue-Hant-HK");
        check("en-GB", "en-GB");
    }
}

//! Function words and contact centre chatter: words that say little about what is wanted.
//!
//! Their weight is lowered, but they are never dropped: "how do I" is noise, but "will call" and "do not disturb" are
//! not.

use std::{collections::HashSet, sync::LazyLock};

use super::{fold::fold, inflection::stem};

/// Articles, pronouns, auxiliaries, prepositions, conjunctions, question words; contractions as `words` spells them.
const ENGLISH: &str = "a an the this that these those there here i me my mine myself we us our ours you your yours yourself he him his she \
    her hers it its they them their theirs who whom whose which what when where why how is am are was were be been being isnt arent wasnt \
    werent aint do does did doing done dont doesnt didnt have has had having havent hasnt hadnt will would shall should can could may might \
    must wont wouldnt shouldnt cant cannot couldnt mustnt mightnt im ive ill id youre youve youll youd hes shes theyre theyve theyll weve \
    wed thats theres heres whats wheres hows whos lets gonna wanna gotta kinda dunno of in on at by for from to with without about into onto \
    over under up down out off through between against during after before since until till while as than then so and or but nor if because \
    though although whether however either neither both not no yes yeah yep nope also too very just only even still already yet again ever \
    never some any all each every many much more most few less least several other another such same own else per via etc eg ie vs now \
    anything something nothing everything anyone someone everyone somebody anybody thing stuff really quite rather maybe perhaps \
    actually basically literally well like";

/// What people say to an agent around what they want.
const ENGLISH_CHATTER: &str = "hello hi hey dear sir madam maam good morning afternoon evening day please pls plz thanks thank thankyou thx \
    cheers welcome sorry excuse pardon ok okay sure fine great perfect bye goodbye want wants wanted need needs needed help helping would \
    like know tell say said ask asking get getting got go going let make see seem try trying tried look looking think guess suppose hope \
    wonder wondering mean understand explain show give assist assistance question possible able way come oh uh um hmm erm ah huh right \
    alright";

/// Pronouns, particles, auxiliaries, question words, measure words.
const CHINESE: &str = "的 了 吗 呢 吧 啊 呀 哦 嗯 哈 嘛 啦 哎 唉 喂 么 着 过 得 地 之 其 而 且 与 和 及 或 但 但是 如果 因为 所以 虽然 然后 而且 并且 \
    或者 还是 以及 我 你 您 他 她 它 我们 你们 他们 咱们 自己 我的 你的 您的 他的 这 那 这个 那个 这些 那些 这里 那里 这样 那样 这儿 那儿 这边 那边 \
    什么 怎么 怎样 怎么样 怎么办 如何 为什么 为何 哪 哪个 哪里 哪些 哪儿 谁 几 多少 多久 是 不是 是不是 有 没有 有没有 会 会不会 能 能不能 能否 可以 \
    可不可以 可否 可 要 要不要 想 想要 我想 我要 应该 需要 必须 是否 不 没 别 未 也 都 就 还 还有 又 再 才 只 只是 很 太 更 最 非常 比较 已 已经 正在 \
    刚 刚刚 一直 现在 在 到 从 向 往 对 对于 关于 给 把 被 让 叫 用 以 为 为了 由 跟 同 比 按 按照 个 一个 些 一些 一下 一点 点 种 次 件 吗 上 下 里 中 \
    去 来 说 看 做 弄 嘞 咋 咋样 啥 为啥 干嘛 那么 这么 一样 之后 以后 以前 之前 的话 时候 等 等等 它们 怎 请 某 该 此 各 每 所 使 则 若 被 将";

/// What people say to an agent around what they want.
const CHINESE_CHATTER: &str = "请问 你好 您好 喂 谢谢 多谢 感谢 麻烦 麻烦您 麻烦你 不好意思 对不起 抱歉 打扰 客服 帮 帮我 帮忙 帮助 告诉 告诉我 知道 \
    想知道 我想知道 想问 问 问一下 请教 咨询 了解 好 好的 好吧 行 行吗 行不行 可以吗 嗯嗯 哦哦 没事 没关系 再见 拜拜 早上好 晚上好 下午好 先生 女士 \
    小姐 亲 谢谢您 谢谢你 辛苦 辛苦了 稍等 明白 收到 觉得 感觉 希望 请帮 请帮我 进行 情况 问题 办";

/// The same in other languages.
const OTHER_CHATTER: &[(&str, &str)] = &[
    (
        "de",
        "hallo guten gute tag morgen abend moin servus grüß gott ja nein doch genau okay gut klar danke dank vielen schön schönen bitte \
         gern gerne wiedersehen wiederhören tschüss entschuldigung verzeihung moment augenblick sekunde frage fragen problem natürlich \
         richtig stimmt hilfe helfen herr frau wochenende ebenfalls verstehe verstanden ach äh ähm hm naja wunderbar super prima perfekt",
    ),
    (
        "fr",
        "bonjour bonsoir salut allô oui non merci beaucoup plaît prie revoir journée soirée bonne bon bien sûr accord parfait super \
         question questions moment instant problème souci madame monsieur désolé désolée pardon excusez aide aider entendu compris \
         voilà euh ben hein voudrais",
    ),
    (
        "es",
        "hola buenos buenas días tardes noches sí no gracias muchas muchísimas favor adiós hasta luego vale claro perfecto bueno \
         pregunta duda momento segundo problema señor señora perdón disculpe ayuda ayudar entendido entiendo exacto genial eh pues \
         quisiera",
    ),
    (
        "it",
        "buongiorno buonasera ciao salve sì no grazie mille molte prego favore arrivederci va bene certo perfetto domanda momento \
         attimo problema signore signora scusi scusa aiuto aiutare capito esatto giusto allora ecco ehm vorrei",
    ),
    (
        "pt",
        "olá oi bom boa dia tarde noite sim não obrigado obrigada muito favor adeus logo tchau claro certo perfeito pergunta dúvida \
         momento problema senhor senhora desculpe ajuda ajudar entendi exato então né",
    ),
    (
        "nl",
        "hallo goedemorgen goedemiddag goedenavond goedendag dag hoi ja nee dank bedankt dankjewel alstublieft graag ziens doei oké \
         goed prima vraag moment ogenblik probleem meneer mevrouw sorry pardon hulp helpen begrepen klopt precies natuurlijk",
    ),
    (
        "pl",
        "dzień dobry wieczór cześć witam tak nie dziękuję dzięki bardzo proszę widzenia dobrze pytanie moment chwila chwilę chwileczkę \
         problem pan pani przepraszam pomoc pomóc rozumiem dokładnie oczywiście",
    ),
    (
        "ru",
        "здравствуйте добрый день вечер утро привет алло да нет спасибо большое пожалуйста свидания хорошо ладно вопрос минуту минутку \
         секунду проблем извините простите помощь помочь понятно понял поняла точно конечно ага угу",
    ),
    (
        "tr",
        "merhaba günaydın iyi günler akşamlar selam alo evet hayır teşekkürler teşekkür ederim sağ olun lütfen görüşürüz hoşça kalın \
         tamam peki soru sorum dakika problem bey hanım pardon özür dilerim yardım anladım doğru tabii elbette",
    ),
];

/// What people say to an agent around what they want, in another language than English and Chinese.
pub(super) fn chatter(tag: &str) -> impl Iterator<Item = &'static str> {
    let of = OTHER_CHATTER.iter().filter(move |(known, _)| *known == tag);
    of.flat_map(|(_, words)| words.split_whitespace())
}

static FUNCTION_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let english = ENGLISH
        .split_whitespace()
        .chain(ENGLISH_CHATTER.split_whitespace())
        .map(|word| stem(word, None));
    let chinese = CHINESE
        .split_whitespace()
        .chain(CHINESE_CHATTER.split_whitespace())
        .map(|word| fold(word).text);
    english.chain(chinese).collect()
});

/// Whether a term, as [`words`](super::words) spells it, says little about what is wanted.
#[must_use]
pub fn is_function_word(term: &str) -> bool {
    FUNCTION_WORDS.contains(term)
}

#[cfg(test)]
mod tests {
    use super::{super::words, *};

    fn telling(text: &str) -> Vec<String> {
        let mut terms: Vec<String> = words(text)
            .into_iter()
            .map(|w| w.term)
            .filter(|t| !is_function_word(t))
            .collect();
        terms.dedup();
        terms
    }

    #[test]
    fn what_is_left_is_what_is_wanted() {
        assert_eq!(
            telling("Hello, I'd like to know how I can cancel my contract please"),
            ["cancel", "contract"]
        );
        assert_eq!(
            telling("you don't have any invoices, can't you help?"),
            ["invoic"]
        );
        assert!(telling("请问怎么退订").contains(&"退订".to_owned()));
        assert!(
            ["请问", "怎么", "的", "什么", "我"]
                .into_iter()
                .all(is_function_word)
        );
    }

    #[test]
    fn words_of_the_trade_are_not_among_them() {
        for word in [
            "cancel", "refund", "roam", "bill", "call", "退款", "合约", "漫游", "账单", "宽带",
            "费",
        ] {
            assert!(!is_function_word(word), "{word}");
        }
    }
}

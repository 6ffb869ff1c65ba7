// The same early exit in three spellings: let-else, break with a value, a match arm.
struct Token(String);

fn number(text: &str) -> Option<u32> {
    let raw = Box::into_raw(Box::new(Token(text.to_string()))); //~ orphan-object
    let Some(first) = text.chars().next() else {
        return None;
    };
    let token = unsafe { Box::from_raw(raw) };
    first.to_digit(10).map(|d| d + token.0.len() as u32)
}

fn first_short(words: &[&str]) -> Option<usize> {
    for word in words {
        let raw = Box::into_raw(Box::new(Token(word.to_string()))); //~ orphan-object
        if word.len() < 3 {
            break;
        }
        drop(unsafe { Box::from_raw(raw) });
    }
    words.iter().position(|w| w.len() < 3)
}

fn classify(text: &str) -> &'static str {
    let raw = Box::into_raw(Box::new(Token(text.to_string()))); //~ orphan-object
    let length = unsafe { (&*raw).0.len() };
    match length {
        0 => "empty",
        1..=4 => {
            drop(unsafe { Box::from_raw(raw) });
            "short"
        }
        _ => {
            let token = unsafe { Box::from_raw(raw) };
            if token.0.is_ascii() { "long" } else { "long, not ascii" }
        }
    }
}

fn main() {
    println!("{:?} {:?}", number("4x"), number(""));
    println!("{:?}", first_short(&["one", "of", "many"]));
    println!("{} {} {}", classify(""), classify("abc"), classify("abcdef"));
}

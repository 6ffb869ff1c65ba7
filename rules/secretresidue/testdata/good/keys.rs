use std::sync::atomic::{compiler_fence, Ordering};

mod zeroize {
    pub trait Zeroize {
        fn zeroize(&mut self);
    }
    impl Zeroize for [u8] {
        fn zeroize(&mut self) {
            for b in self.iter_mut() {
                unsafe { std::ptr::write_volatile(b, 0) }
            }
        }
    }
}
use zeroize::Zeroize;

// Erased by force.
pub struct SecretKey {
    bytes: [u8; 32],
}

impl SecretKey {
    pub fn from_bytes(bytes: [u8; 32]) -> SecretKey {
        SecretKey { bytes }
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

pub struct SigningKey {
    seed: Vec<u8>,
}

impl SigningKey {
    pub fn new(seed: Vec<u8>) -> Self {
        SigningKey { seed }
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        for b in self.seed.iter_mut() {
            *b = 0;
        }
        compiler_fence(Ordering::SeqCst);
    }
}

// A holder that erases itself.
pub struct Zeroizing(Box<[u8]>);

impl Drop for Zeroizing {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

pub struct PrivateKey {
    bytes: Zeroizing,
}

impl PrivateKey {
    pub fn new(bytes: Zeroizing) -> Self {
        PrivateKey { bytes }
    }
}

// No secrets, whatever their names say.
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub fn new(b: [u8; 32]) -> Self {
        PublicKey(b)
    }
}

pub struct KeyCode(pub String);
pub struct Key {
    pub name: String,
}
pub struct Token {
    pub text: String,
}
pub struct SecretKeyError {
    pub text: String,
}
pub struct PasswordHash(pub Vec<u8>);
pub struct SecretRef<'a>(pub &'a [u8]);
pub enum Item {
    PrivateKey(Vec<u8>),
    Certificate(Vec<u8>),
}

pub fn all(b: &[u8]) -> (KeyCode, Key, Token, SecretKeyError, PasswordHash, SecretRef<'_>, Item, Item) {
    let s = String::new;
    (KeyCode(s()), Key { name: s() }, Token { text: s() }, SecretKeyError { text: s() }, PasswordHash(vec![]), SecretRef(b), Item::PrivateKey(vec![]), Item::Certificate(vec![]))
}

// Lent, or given on.
pub fn check(password: &str) -> bool {
    password.len() > 8
}

pub fn give(password: String) -> String {
    password
}

// A destructor that resets a counter, and one that writes to memory of others.
pub struct Pool<'a> {
    used: usize,
    shared: &'a mut [u8],
}

impl<'a> Pool<'a> {
    pub fn new(shared: &'a mut [u8]) -> Self {
        Pool { used: 0, shared }
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        self.used = 0;
        self.shared.fill(0);
    }
}

fn main() {}

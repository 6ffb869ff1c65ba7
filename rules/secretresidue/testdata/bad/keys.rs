// A key in plain memory.
pub struct SecretKey {
    bytes: [u8; 32],
}

impl SecretKey {
    pub fn from_bytes(bytes: [u8; 32]) -> SecretKey {
        SecretKey { bytes } //~ secret-residue "`SecretKey` is not erased"
    }
    pub fn first(&self) -> u8 {
        self.bytes[0]
    }
}

#[derive(Clone, Copy)]
pub struct PrivateKey([u8; 32]);

impl PrivateKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        let key = PrivateKey(bytes); //~ secret-residue "`PrivateKey` is not erased"
        let copy = key;
        copy
    }
    pub fn first(&self) -> u8 {
        self.0[0]
    }
}

// A Drop that only counts.
pub struct Keypair {
    pub public: [u8; 32],
    secret: Vec<u8>,
}

pub fn pair(public: [u8; 32], secret: Vec<u8>) -> Keypair {
    Keypair { public, secret } //~ secret-residue "`Keypair` is not erased"
}

impl Drop for Keypair {
    fn drop(&mut self) {
        println!("{} bytes", self.secret.len());
    }
}

// Erased by writes that nothing reads.
pub struct SigningKey {
    seed: [u8; 32],
}

impl SigningKey {
    pub fn new(seed: [u8; 32]) -> Self {
        SigningKey { seed }
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.seed.fill(0); //~ secret-residue "may remove the erasing of `SigningKey`"
    }
}

pub struct Session {
    key: Vec<u8>,
}

impl Session {
    pub fn new(key: Vec<u8>) -> Self {
        Session { key }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for b in self.key.iter_mut() {
            *b = 0; //~ secret-residue "may remove the erasing of `Session`"
        }
    }
}

pub struct Pad {
    words: [u64; 4],
}

impl Pad {
    pub fn new(words: [u64; 4]) -> Self {
        Pad { words }
    }
}

impl Drop for Pad {
    fn drop(&mut self) {
        self.words = [0; 4]; //~ secret-residue "may remove the erasing of `Pad`"
    }
}

// What a program calls a password may be one.
pub struct Password(String);

impl Password {
    pub fn new(s: &str) -> Self {
        Password(s.to_string()) //~? secret-residue "`Password` is not erased"
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

pub fn login(check: impl Fn(&str) -> bool) -> bool {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).unwrap();
    check(&password)
} //~? secret-residue "`password` is freed"

fn main() {}

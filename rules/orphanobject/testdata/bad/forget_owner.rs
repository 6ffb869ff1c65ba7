// The forgotten value owns nothing by itself; its fields do.
use std::mem::forget;

struct Session {
    id: u32,
    log: Vec<String>,
}

impl Drop for Session {
    fn drop(&mut self) {
        println!("session {} ends after {} lines", self.id, self.log.len());
    }
}

impl Session {
    fn detach(self) -> u32 {
        let id = self.id;
        forget(self); //~ orphan-object
        id
    }

    fn end(self, quiet: bool) {
        if quiet {
            forget(self); //~ orphan-object
        }
    }
}

fn main() {
    println!("{}", Session { id: 1, log: vec!["a".to_string()] }.detach());
    Session { id: 2, log: vec!["b".to_string()] }.end(true);
    Session { id: 3, log: vec!["c".to_string()] }.end(false);
}

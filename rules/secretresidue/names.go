package secretresidue

import (
	"slices"
	"strings"
	"unicode"

	"softshell/finding"
)

// words splits a name at capitals, digits and underscores, in lower case.
func words(name string) []string {
	var out []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.ToLower(string(cur)))
			cur = nil
		}
	}
	rs := []rune(name)
	for i, r := range rs {
		switch {
		case r == '_' || unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])):
			flush()
		}
		cur = append(cur, r)
	}
	flush()
	return out
}

// secretType says how surely a type of that name holds a secret: a private
// key does; of a password or a seed it depends on the program.
func secretType(name string) (g finding.Grade, ok bool) {
	w := words(name)
	if len(w) == 0 || slices.ContainsFunc(w, func(s string) bool { return slices.Contains(other, s) }) {
		return 0, false
	}
	for len(w) > 1 && slices.Contains(tails, w[len(w)-1]) {
		w = w[:len(w)-1]
	}
	last, before := w[len(w)-1], ""
	if len(w) > 1 {
		before = w[len(w)-2]
	}
	switch {
	case last == "key" && slices.Contains([]string{"secret", "private", "signing", "decapsulation", "decryption"}, before),
		last == "keypair", last == "pair" && before == "key", last == "sk" && len(w) == 1,
		last == "secret" && slices.Contains([]string{"static", "ephemeral", "shared", "reusable", "master"}, before),
		last == "scalar" && before == "secret":
		return finding.Likely, true
	case last == "key" && slices.Contains([]string{"symmetric", "encryption", "master", "session", "root", "chain", "mac", "hmac", "expanded", "pre", "shared"}, before),
		slices.Contains([]string{"secret", "password", "passphrase", "mnemonic"}, last),
		last == "seed" && (len(w) == 1 || slices.Contains([]string{"secret", "master", "private", "key", "wallet"}, before)):
		return finding.Possible, true
	}
	return 0, false
}

// other are words after which a name means something else.
var other = []string{"public", "error", "err", "id", "ref", "type", "kind", "builder", "name", "path", "hash", "hashed", "alg", "algorithm", "size", "config", "params", "parser", "format", "info", "encrypted", "wrapped", "sealed", "handle",
	"fingerprint", "usage", "request", "response", "visitor", "iter", "iterator", "code", "args", "options", "policy", "store", "provider", "generator", "version", "verifier", "context", "manager", "flag", "flags", "event", "command", "message", "query", "commitment", "proof"}

// tails are words at the end that change nothing.
var tails = []string{"bytes", "inner", "der", "data", "material", "raw", "array", "vec", "string", "buf", "buffer"}

// secretVariable reports whether a variable of that name holds a secret.
func secretVariable(name string) bool {
	switch strings.TrimLeft(name, "_") {
	case "password", "passwd", "passphrase", "mnemonic", "private_key", "secret_key", "signing_key", "priv_key", "privkey", "secret", "api_key", "master_key", "secret_bytes", "private_key_bytes", "secret_key_bytes", "seed_phrase", "plaintext_key":
		return true
	}
	return false
}

// erasing are parts of names of functions that erase, or that keep an erasing
// write from being removed.
var erasing = []string{"zeroize", "memzero", "bzero", "cleanse", "memset_s", "write_volatile", "volatile", "securezero", "secure_zero", "secure_clear", "zero_memory", "wipe", "fence", "black_box", "clear_on_drop", "munlock", "hide_mem", "explicit"}

func erases(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(erasing, func(e string) bool { return strings.Contains(name, e) })
}

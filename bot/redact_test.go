package bot

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	for _, tc := range []struct{ why, in, want string }{
		{"nothing personal", "how long is phlebotomy school?", "how long is phlebotomy school?"},
		{"discord and slack mentions", "<@123456789012345678> hi <@U0G9QF9C6|anna> and <!here> pay?", "hi and pay?"},
		{"a mention in words", "@anna.lopez what is MLT pay", "[mention] what is MLT pay"},
		{"everybody", "@everyone help", "[mention] help"},
		{"a bare user id", "ask U0G9QF9C6X about it", "ask [mention] about it"},
		{"links", "see https://example.com/me?x=1 and www.linkedin.com/in/anna", "see and [link]"},
		{"a link without a scheme", "my page linkedin.com/in/anna-lopez ok", "my page [link] ok"},
		{"an invite", "join discord.gg/abcdef", "join [link]"},
		{"an e-mail address", "write me: Anna.Lopez+jobs@mail.example.co.uk please", "write me: [e-mail] please"},
		{"an address in words", "anna (at) gmail dot com", "[e-mail]"},
		{"a phone number", "call (555) 123-4567 or +1 555.123.4567", "call [number] or [number]"},
		{"a phone number in full-width digits", "５５５ １２３ ４５６７", "[number]"},
		{"arabic digits", "٠١٢٣٤٥٦٧", "[number]"},
		{"an ssn, a date of birth", "ssn 123-45-6789 born 01/02/1990", "ssn [number] born [number]"},
		{"a certificate", "my license is 12345678", "my license is [number]"},
		{"sums stay", "do they make $45,230 or 40k in 2025", "do they make $45,230 or 40k in 2025"},
		{"hours and ages stay", "i am 18, work 36-40 hours", "i am 18, work 36-40 hours"},
		{"a name", "my name is anna and i want to be a phlebotomist", "my name is [name] and i want to be a phlebotomist"},
		{"a full name", "Hi, my name is Anna Maria O'Neill-Lopez. What is the pay?", "Hi, my name is [name] What is the pay?"},
		{"a name in small letters", "my name is jonas smith what does an mlt do", "my name is [name] what does an mlt do"},
		{"a name, short form", "my name's Li, call me Lily please", "my name's [name], call me [name] please"},
		{"a field", "Name: José Ñandú age 30", "Name: [name] age 30"},
		{"a child", "her name is Mia", "her name is [name]"},
		{"no name follows", "what is my name is", "what is my name is"},
		{"tokens", "xoxb-1111-2222-abc and AKIAIOSFODNN7EXAMPLEX1", "[secret] and [secret]"},
		{"hidden characters", "an\u200bna@exam\u200bple.com", "[e-mail]"},
		{"nothing", "  ", ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := string(Redact(tc.in)); got != tc.want {
				t.Errorf("Redact(%q)\n got %q\nwant %q", tc.in, got, tc.want)
			}
		})
	}
}

// TestRedactCut: what is cut in the middle of something personal does not leave
// its first half.
func TestRedactCut(t *testing.T) {
	for n := range 40 {
		in := strings.Repeat("ab ", 150) + strings.Repeat("x ", n) + "zqcanary@example.com"
		if got := Redact(in); strings.Contains(string(got), "zqc") {
			t.Fatalf("with %d words before: %q", n, got)
		}
	}
}

var (
	leftNumber  = regexp.MustCompile(`\p{Nd}{5}`)
	leftMention = regexp.MustCompile(`@[^\s@\[\]]`)
	leftLink    = regexp.MustCompile(`(?i)[a-z]://\S`)
)

// FuzzRedact: whatever surrounds it, what is personal is gone; the rest is text
// that fits and that a second pass leaves alone.
func FuzzRedact(f *testing.F) {
	f.Add("hello", "thanks")
	f.Add("<@", ">")
	f.Add("[name] my name is", "is my name")
	f.Add("http://a", "@b.com 12345")
	f.Add("\u202e5 5 5 ", "-1-2-3-4")
	f.Add("xoxb-", "www.")
	f.Add(strings.Repeat("word ", 99), "x")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, planted := range []string{
			"zqcanary@example.com", "https://example.com/zqcanary", "www.zqcanary.com", "@zqcanary",
			"zqcanary7777777777777777", "my name is Zqcanary", "call me zqcanary",
		} {
			got := string(Redact(before + " " + planted + " " + after))
			if strings.Contains(strings.ToLower(got), "zqcanary") {
				t.Errorf("%q is left in %q", planted, got)
			}
			check(t, got)
		}
		check(t, string(Redact(before+after)))
	})
}

func check(t *testing.T, got string) {
	t.Helper()
	if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxQuestionRunes {
		t.Errorf("%d characters, or not text: %q", utf8.RuneCountInString(got), got)
	}
	if leftNumber.MatchString(got) || leftMention.MatchString(got) || leftLink.MatchString(got) {
		t.Errorf("something personal is left: %q", got)
	}
	if again := string(Redact(got)); again != got {
		t.Errorf("not stable:\n once %q\ntwice %q", got, again)
	}
}

func TestRedactText(t *testing.T) {
	long := strings.Repeat("Ask the school about clinical hours. ", 40)
	in := "Hi, my name is Bert.\n" + long + "call 555 123 4567\n\nbert@example.com"
	want := "Hi, my name is [name]\n" + long + "call [number]\n\n[e-mail]"
	if got := string(RedactText(in)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := string(RedactText("a " + strings.Repeat("x", 5000) + " b")); got != "a b" {
		t.Errorf("a wall of letters became %q", got)
	}
	if got := RedactText(want); string(got) != want {
		t.Errorf("not stable: %q", got)
	}
}

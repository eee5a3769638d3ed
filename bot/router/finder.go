package router

import (
	"slices"

	"careerbot/index"
)

// Find is what someone wants of a list of credentials.
type Find string

// The lists. They are the details of structured questions on certification.
const (
	FindAll      Find = "*"       // all of them
	FindCheapest Find = "*fee"    // lowest exam fee first
	FindByWork   Find = "*school" // those open without a school
)

var finds = []Find{FindAll, FindCheapest, FindByWork}

// Words of a question for a list of credentials.
var (
	certPlurals   = wordSet("certs certificates certifications credentials exams licenses")
	certWords     = wordSet("cert certificate certification credential certified exam certs certificates certifications credentials exams")
	listWords     = wordSet("which what whats list all kinds types options available exist exists many show name other")
	cheapWords    = wordSet("cheapest cheaper cheap affordable inexpensive")
	acceptWords   = wordSet("accepted accept accepts recognized recognize recognizes valid")
	withoutWords  = wordSet("without no skip skipping")
	schoolWords   = wordSet("school schooling class classes course courses program training")
	opinionWords  = wordSet("best better worth should need needs required require requires difference different first vs versus or pay pays earn money recommend want prefer mandatory")
	existingWords = wordSet("list all available exist exists options kinds types there")
)

// finder recognises a question for a list of credentials: which there are, which
// is cheapest, which is open without a school, which a state accepts.
func (rd *reading) finder(in Intent) (Intent, bool) {
	cert := rd.hasWord(certWords) || in.FromContext && rd.ctx.Topic == "certification"
	if !cert || rd.onlyNames() && !rd.hasWord(listWords) || rd.c.Topic("certification") == nil {
		return in, false
	}
	switch {
	case rd.hasWord(cheapWords):
		in.Find = FindCheapest
	case rd.withoutSchool():
		in.Find = FindByWork
	case rd.hasWord(acceptWords) && rd.hasWord(listWords):
		in.Find = FindAll
	case rd.hasWord(certPlurals) && rd.hasWord(listWords) && (!rd.hasWord(opinionWords) || rd.hasWord(existingWords)) && len(rd.toks) <= maxListWords:
		in.Find = FindAll
	default:
		return in, false
	}
	in.Kind, in.Topics = KindAnswer, []TopicScore{{"certification", 1}}
	in.Confidence = max(in.Confidence, 0.8)
	roles := rolesOf(rd.c, in.Subjects)
	if len(roles) == 0 {
		in.Subjects = nil
		return rd.askRole(in), true
	}
	in.Subjects = roles[:1]
	if ps := roles[0].About("certification"); ps != nil {
		in.Passages = []index.Hit{{Passage: ps, Score: 1}}
	}
	return in, true
}

// maxListWords bounds a question for a list; longer ones tell a story.
const maxListWords = 14

// withoutSchool reports whether the question rules out a school: "without a course".
func (rd *reading) withoutSchool() bool {
	for i, t := range rd.toks {
		if !withoutWords[t.text] {
			continue
		}
		for _, next := range rd.toks[i+1 : min(len(rd.toks), i+4)] {
			if schoolWords[next.text] {
				return true
			}
		}
	}
	return false
}

// structuredFind answers a structured question for a list.
func (r *Router) structuredFind(in Intent, q Request) Intent {
	if in.Find = Find(q.Detail); !slices.Contains(finds, in.Find) {
		in.Find = FindAll
	}
	in.Topics = []TopicScore{{"certification", 1}}
	roles := rolesOf(r.c, in.Subjects)
	if len(roles) == 0 {
		rd := &reading{Router: r}
		return rd.askRole(in)
	}
	in.Subjects = roles[:1]
	if ps := roles[0].About("certification"); ps != nil {
		in.Passages = []index.Hit{{Passage: ps, Score: 1}}
	}
	return in
}

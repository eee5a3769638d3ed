package pgtest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged returns the ids of the user to run the server as, and whether one
// is needed: root may become anybody, others stay who they are.
func unprivileged() (uid, gid int, need bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return uid, gid, true
		}
	}
	return 65534, 65534, true
}

// own gives a folder to the server's user.
func own(dir string) error {
	uid, gid, need := unprivileged()
	if !need {
		return nil
	}
	return os.Chown(dir, uid, gid)
}

// attributes make a process the server's user, and end it with the thread that
// started it.
func attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if uid, gid, need := unprivileged(); need {
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}

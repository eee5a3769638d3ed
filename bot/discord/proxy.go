package discord

import (
	"bufio"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
)

// connectThrough asks an HTTP proxy for a tunnel to addr.
func connectThrough(c net.Conn, proxy *url.URL, addr string) error {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := r.Write(c); err != nil {
		return err
	}
	// Nothing follows the response until we speak, so no byte is lost in the buffer.
	resp, err := http.ReadResponse(bufio.NewReader(c), r)
	if err != nil {
		return err
	}
	// The body is the tunnel itself: closing it would wait for its end.
	if resp.StatusCode != http.StatusOK {
		return errors.New("the proxy refuses the tunnel: " + resp.Status)
	}
	return nil
}

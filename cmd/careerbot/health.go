package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

type healthCmd struct {
	AdminAddr string `help:"Admin listener of the running careerbot." env:"CAREERBOT_ADMIN_ADDR" default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	Ready     bool   `help:"Ask whether it is ready to answer, not only up."`
}

// Run asks the admin listener. A container's health check runs this.
func (c *healthCmd) Run(ctx context.Context, e env) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	path := "/-/healthy"
	if c.Ready {
		path = "/-/ready"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.AdminAddr+path, nil)
	if err != nil {
		return failure{exitUsage, fmt.Errorf("CAREERBOT_ADMIN_ADDR must be a host and port such as 127.0.0.1:8081")}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return failure{exitProblem, fmt.Errorf("no careerbot answers at %s", c.AdminAddr)}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	fmt.Fprint(e.stdout, string(body))
	if resp.StatusCode != http.StatusOK {
		return errProblems
	}
	return nil
}

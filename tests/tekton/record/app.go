package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const appUsage = `usage: app write PATH TEXT   write TEXT to the file PATH
       app print TEXT...     print the texts and a newline
       app env NAME...       print the values of variables, one a line
       app sleep SECONDS
       app exit CODE`

// app is the program of the image `scratch`: what a test needs where there is no shell.
func app(args []string) {
	if err := runApp(args); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(2)
	}
}

func runApp(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "write":
		return os.WriteFile(args[1], []byte(args[2]), 0o644)
	case len(args) >= 1 && args[0] == "print":
		fmt.Println(strings.Join(args[1:], " "))
	case len(args) >= 1 && args[0] == "env":
		for _, name := range args[1:] {
			fmt.Println(os.Getenv(name))
		}
	case len(args) == 2 && args[0] == "sleep":
		seconds, err := strconv.ParseFloat(args[1], 64)
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(seconds * float64(time.Second)))
	case len(args) == 2 && args[0] == "exit":
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	default:
		return fmt.Errorf("%s", appUsage)
	}
	return nil
}

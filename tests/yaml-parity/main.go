// Command yaml-parity reads YAML streams as Kubernetes does, for comparison with tkn-fuse.
//
// Standard input holds blobs: a decimal length, a line feed, that many bytes. For each blob one line goes
// to standard output: a JSON array with one element per document, {"json": ...} or {"error": "..."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

type document struct {
	JSON  any    `json:"json"`
	Error string `json:"error,omitempty"`
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		header, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		length, err := strconv.Atoi(strings.TrimSpace(header))
		check(err)
		blob := make([]byte, length)
		_, err = io.ReadFull(in, blob)
		check(err)
		check(encoder.Encode(read(blob)))
	}
}

// read gives what kubectl makes of a stream. A stream of JSON values is never given to the YAML reader.
func read(blob []byte) []document {
	if documents, ok := readJSON(blob); ok {
		return documents
	}
	documents := []document{}
	for _, chunk := range split(blob) {
		documents = append(documents, convert(chunk))
	}
	return documents
}

// convert reads one document; numbers keep their text.
func convert(chunk []byte) document {
	text, err := yaml.YAMLToJSON(chunk)
	if err != nil {
		return document{Error: err.Error()}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return document{Error: err.Error()}
	}
	return document{JSON: value}
}

// readJSON reads a stream of JSON objects, if the blob is one.
func readJSON(blob []byte) ([]document, bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(blob), []byte("{")) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(blob))
	decoder.UseNumber()
	documents := []document{}
	for {
		var value any
		err := decoder.Decode(&value)
		if err == io.EOF {
			return documents, true
		}
		if _, object := value.(map[string]any); err != nil || !object {
			return nil, false
		}
		documents = append(documents, document{JSON: value})
	}
}

// split cuts a stream at lines that start with "---", as apimachinery's YAMLReader does: line ends become
// a line feed, and the last line gets one. Nothing before a first separator is no document.
func split(blob []byte) [][]byte {
	blob = bytes.TrimPrefix(blob, []byte("\xef\xbb\xbf"))
	chunks, current := [][]byte{}, []byte{}
	for _, line := range bytes.SplitAfter(blob, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		line = append(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), '\n')
		if bytes.HasPrefix(line, []byte("---")) {
			chunks, current = append(chunks, current), []byte{}
			continue
		}
		current = append(current, line...)
	}
	chunks = append(chunks, current)
	if len(chunks) > 1 && len(chunks[0]) == 0 {
		return chunks[1:]
	}
	return chunks
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Package manifest splits files as kubectl does.
package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/util/json"
	k8syaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
	goyaml "sigs.k8s.io/yaml/goyaml.v2"
)

// Object is what kubectl would send to the API server in one request.
type Object struct {
	Index      int // of the document that held it, from 0
	Kind, Name string
	Raw        []byte   // JSON
	Problems   []string // why it could not be sent
}

// Each splits a stream into documents as kubectl does, and lists into
// their items. It fails only if the stream cannot be read.
func Each(in io.Reader, visit func(Object)) error {
	reader := k8syaml.NewYAMLReader(bufio.NewReader(in))
	for index := 0; ; index++ {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var syntax k8syaml.YAMLSyntaxError
		if errors.As(err, &syntax) {
			visit(Object{Index: index, Kind: "-", Name: "-", Problems: []string{err.Error()}})
			continue
		}
		if err != nil {
			return err
		}
		for _, o := range objectsOf(document) {
			o.Index = index
			visit(o)
		}
	}
}

func objectsOf(document []byte) []Object {
	var content any
	// Not strict: what is wrong is told below, by name if there is one.
	if err := yaml.Unmarshal(document, &content); err != nil {
		return []Object{named(nil, err.Error())}
	}
	if content == nil {
		return nil
	}
	fields, isObject := content.(map[string]any)
	if !isObject {
		return []Object{named(nil, fmt.Sprintf("want an object, found %T", content))}
	}
	if _, err := yaml.YAMLToJSONStrict(document); err != nil {
		return []Object{named(fields, err.Error())}
	}
	if hidden(document) {
		return []Object{named(fields, "kubectl would drop what follows the `...` line")}
	}
	return flatten(fields)
}

// flatten returns the items of a list, as kubectl's resource builder does, or
// the object itself.
func flatten(fields map[string]any) []Object {
	items, isList := fields["items"].([]any)
	if !isList {
		return []Object{sendable(fields)}
	}
	var objects []Object
	for i, item := range items {
		switch item := item.(type) {
		case map[string]any:
			objects = append(objects, flatten(item)...)
		default:
			objects = append(objects, named(fields, fmt.Sprintf("items[%d]: want an object, found %T", i, item)))
		}
	}
	return objects
}

func sendable(fields map[string]any) Object {
	for _, key := range []string{"apiVersion", "kind"} {
		if value, _ := fields[key].(string); value == "" {
			return named(fields, fmt.Sprintf("%s not set", key))
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return named(fields, err.Error())
	}
	o := named(fields)
	o.Raw = raw
	return o
}

func named(fields map[string]any, problems ...string) Object {
	o := Object{Kind: "-", Name: "-", Problems: problems}
	if kind, _ := fields["kind"].(string); kind != "" {
		o.Kind = kind
	}
	metadata, _ := fields["metadata"].(map[string]any)
	for _, key := range []string{"generateName", "name"} {
		if name, _ := metadata[key].(string); name != "" {
			o.Name = name
		}
	}
	return o
}

// hidden tells whether YAML sees more documents where kubectl's splitter saw
// one only: the end marker `...` is unknown to it.
func hidden(document []byte) bool {
	decoder := goyaml.NewDecoder(bytes.NewReader(document))
	var first, second any
	if decoder.Decode(&first) != nil {
		return false
	}
	err := decoder.Decode(&second)
	return !errors.Is(err, io.EOF) && (err != nil || second != nil)
}

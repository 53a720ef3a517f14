// Package tree lists the files below a folder in the form of package report.
package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"unicode/utf8"

	"tkn-fuse/tests/tekton/report"
)

const (
	// maxFiles is how many files one listing has at most; the rest is left out.
	maxFiles = 2000
	// maxText is the size in bytes up to which a text is given itself.
	maxText = 4096
)

// List gives the files below root in the order of their paths, which are
// relative to it. Root itself is not listed, unless it is a file: then it is the
// only one, named ".". Links are not followed, and nothing below a folder for
// which skip says true is listed. What cannot be read is listed as far as it can.
func List(root string, skip func(path string) bool) []report.File {
	var files []report.File
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			// A folder that cannot be opened was listed before.
			return nil
		}
		if len(files) >= maxFiles {
			return fs.SkipAll
		}
		if path == root && entry.IsDir() {
			return nil
		}
		if file, ok := describe(root, path); ok {
			files = append(files, file)
		}
		if entry.IsDir() && skip != nil && skip(path) {
			return fs.SkipDir
		}
		return nil
	})
	return files
}

func describe(root, path string) (report.File, bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return report.File{}, false
	}
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return report.File{}, false
	}
	file := report.File{Path: relative, Mode: mode(info.Mode())}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		file.UID, file.GID = int(stat.Uid), int(stat.Gid)
	}
	switch {
	case info.Mode().IsRegular():
		file.Size = info.Size()
		file.Content = content(path)
	case info.Mode()&fs.ModeSymlink != 0:
		file.Content, _ = os.Readlink(path)
		file.Size = info.Size()
	}
	return file, true
}

// content is the text of a short file and the digest of any other; nothing if
// the file cannot be read.
func content(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, maxText+1))
	if err != nil {
		return ""
	}
	if len(head) <= maxText && utf8.Valid(head) {
		return string(head)
	}
	hash := sha256.New()
	hash.Write(head)
	if _, err := io.Copy(hash, file); err != nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// mode writes type and permissions as `ls -l` does; fs.FileMode has another form.
func mode(mode fs.FileMode) string {
	text := []byte("-rwxrwxrwx")
	switch mode.Type() {
	case fs.ModeDir:
		text[0] = 'd'
	case fs.ModeSymlink:
		text[0] = 'l'
	case fs.ModeNamedPipe:
		text[0] = 'p'
	case fs.ModeSocket:
		text[0] = 's'
	case fs.ModeDevice:
		text[0] = 'b'
	case fs.ModeDevice | fs.ModeCharDevice:
		text[0] = 'c'
	}
	for bit := range 9 {
		if mode&(1<<(8-bit)) == 0 {
			text[1+bit] = '-'
		}
	}
	special(text, 3, mode&fs.ModeSetuid != 0, 's')
	special(text, 6, mode&fs.ModeSetgid != 0, 's')
	special(text, 9, mode&fs.ModeSticky != 0, 't')
	return string(text)
}

// special puts a set-id or sticky letter, a capital one where nobody may execute.
func special(text []byte, at int, set bool, letter byte) {
	switch {
	case !set:
	case text[at] == '-':
		text[at] = letter - 'a' + 'A'
	default:
		text[at] = letter
	}
}

// Reads YAML into a tree that knows the line of everything in it, so that
// every message about a file can name its place.
//
// Scalars have the types of YAML 1.2's core schema: null, true and false,
// whole numbers, decimal numbers, else strings. What is quoted is a string.
// There is no date type: 2025-02-14 is a string. Refused, with line and
// column: .nan and .inf, anchors and aliases, tags other than !!str, keys
// that are not scalars, two equal keys in one mapping, several documents in
// one file, more than 64 levels.
#ifndef COMMON_YAML_YAML_H_
#define COMMON_YAML_YAML_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

struct YamlValue {
  enum class Type { kNull, kBool, kInt, kFloat, kString, kList, kMap };

  Type type = Type::kNull;
  // Key of an entry of a mapping; empty for items of a list.
  std::string key;
  // Scalars: the value as written, without quotes; "true" or "false" for
  // kBool. Numbers are kept as text, so that no digit is lost.
  std::string text;
  // Items of a list, entries of a mapping, in the order of the file.
  std::vector<YamlValue> children;
  // Where it stands, counted from 1; for an entry of a mapping, its key.
  uint32_t line = 0;
  uint32_t column = 0;

  bool is_map() const { return type == Type::kMap; }
  bool is_list() const { return type == Type::kList; }
  bool is_null() const { return type == Type::kNull; }
  bool is_string() const { return type == Type::kString; }
  bool is_number() const { return type == Type::kInt || type == Type::kFloat; }
  bool is_scalar() const { return !is_map() && !is_list() && !is_null(); }

  // The entry of a mapping; nullptr when there is none.
  const YamlValue* Find(absl::string_view name) const;
  // Keys of a mapping.
  std::vector<std::string> Keys() const;
  // What it is, for messages: "a string", "a list", "nothing".
  absl::string_view TypeName() const;
};

// Parses one document; an empty one is kNull. `file` is used in messages.
// Errors: InvalidArgument (BAD_YAML), "file:line:column: what, what to do",
// with details file, line and column.
absl::StatusOr<YamlValue> ParseYaml(absl::string_view text,
                                    absl::string_view file);

// BAD_YAML at a place, in the same form: for readers of a tree.
absl::Status YamlError(absl::string_view file, const YamlValue& at,
                       absl::string_view message,
                       absl::string_view reason = "BAD_YAML");

// JSON pointer of a child: `parent` + "/" + `token`, escaped (RFC 6901).
std::string JsonPointer(absl::string_view parent, absl::string_view token);

}  // namespace meridian

#endif  // COMMON_YAML_YAML_H_

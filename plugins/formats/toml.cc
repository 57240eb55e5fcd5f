#include "plugins/formats/toml.h"

#include <stdexcept>

// toml++ 3.3 asserts what some broken documents break; a document must not end
// the program.
#define TOML_ASSERT(condition)                                  \
  do {                                                          \
    if (!(condition)) throw std::runtime_error("syntax error"); \
  } while (false)
#include <toml++/toml.h>

#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"

namespace meridian {
namespace {

YamlValue FromToml(const toml::node& node) {
  YamlValue value;
  value.line = node.source().begin.line;
  value.column = node.source().begin.column;
  const auto scalar = [&](YamlValue::Type type, std::string text) {
    value.type = type;
    value.text = std::move(text);
  };
  const auto printed = [&] {
    std::ostringstream out;
    node.visit([&](const auto& n) {
      if constexpr (toml::is_value<decltype(n)>) out << n.get();
    });
    return out.str();
  };
  if (const auto* table = node.as_table()) {
    value.type = YamlValue::Type::kMap;
    for (const auto& [key, child] : *table) {
      value.children.push_back(FromToml(child));
      value.children.back().key = std::string(key.str());
    }
  } else if (const auto* array = node.as_array()) {
    value.type = YamlValue::Type::kList;
    for (const toml::node& child : *array) {
      value.children.push_back(FromToml(child));
    }
  } else if (const auto* text = node.as_string()) {
    scalar(YamlValue::Type::kString, text->get());
  } else if (const auto* flag = node.as_boolean()) {
    scalar(YamlValue::Type::kBool, flag->get() ? "true" : "false");
  } else if (const auto* whole = node.as_integer()) {
    scalar(YamlValue::Type::kInt, absl::StrCat(whole->get()));
  } else if (const auto* number = node.as_floating_point()) {
    scalar(YamlValue::Type::kFloat, absl::StrFormat("%.17g", number->get()));
    double shorter = 0;
    std::string text15 = absl::StrFormat("%.15g", number->get());
    if (absl::SimpleAtod(text15, &shorter) && shorter == number->get()) {
      value.text = std::move(text15);
    }
  } else {
    scalar(YamlValue::Type::kString, printed());
  }
  return value;
}

}  // namespace

absl::StatusOr<YamlValue> ParseToml(const std::string& text,
                                    const std::string& path) {
  try {
    return FromToml(toml::parse(text, path));
  } catch (const toml::parse_error& error) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_TOML",
        absl::StrCat(path, ":", error.source().begin.line, ":",
                     error.source().begin.column, ": ",
                     absl::string_view(error.description().data(),
                                       error.description().size())),
        {{"document", path}});
  } catch (const std::exception& error) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_TOML",
                     absl::StrCat(path, ": ", error.what()),
                     {{"document", path}});
  }
}

}  // namespace meridian

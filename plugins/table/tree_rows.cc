// Rows of JSON, YAML and TOML.
#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/yaml/yaml.h"
#include "common/yaml/yaml_json.h"
#include "plugins/formats/toml.h"
#include "plugins/json/json.h"
#include "plugins/table/rows.h"

namespace meridian::table {
namespace {

constexpr size_t kExcerptBytes = 512;

// JSON and the tree of YAML and TOML, seen alike.
struct JsonTree {
  using Node = JsonValue;
  static bool IsMap(const Node& node) { return node.is_object(); }
  static bool IsList(const Node& node) { return node.is_array(); }
  static bool IsNull(const Node& node) { return node.is_null(); }
  static std::string Key(const Node& node) { return std::string(node.key()); }
  static std::string Text(const Node& node) {
    if (node.is_string()) return std::string(node.text());
    // A number as written, so that no digit is lost.
    absl::string_view raw = node.raw();
    if (!node.key().empty() || absl::StartsWith(raw, "\"")) {
      raw.remove_prefix(raw.rfind(':') + 1);
    }
    return std::string(absl::StripAsciiWhitespace(raw));
  }
  static uint32_t Line(const Node& node) { return node.line(); }
  static std::string Raw(const Node& node) { return std::string(node.raw()); }
  template <typename Visit>
  static void ForEachChild(const Node& node, const Visit& visit) {
    for (const JsonValue child : node) visit(child);
  }
  static std::optional<Node> Find(const Node& node, absl::string_view name) {
    return node.Find(name);
  }
};

struct YamlTree {
  using Node = const YamlValue*;
  static bool IsMap(Node node) { return node->is_map(); }
  static bool IsList(Node node) { return node->is_list(); }
  static bool IsNull(Node node) { return node->is_null(); }
  static std::string Key(Node node) { return node->key; }
  static std::string Text(Node node) { return node->text; }
  static uint32_t Line(Node node) { return node->line; }
  static std::string Raw(Node node) { return ToJson(*node); }
  template <typename Visit>
  static void ForEachChild(Node node, const Visit& visit) {
    for (const YamlValue& child : node->children) visit(&child);
  }
  static std::optional<Node> Find(Node node, absl::string_view name) {
    const YamlValue* found = node->is_map() ? node->Find(name) : nullptr;
    return found == nullptr ? std::nullopt : std::optional<Node>(found);
  }
};

std::vector<std::string> PointerSteps(absl::string_view pointer) {
  if (pointer.empty()) return {};
  std::vector<std::string> steps =
      absl::StrSplit(pointer.substr(1), '/', absl::AllowEmpty());
  for (std::string& step : steps) {
    step = absl::StrReplaceAll(step, {{"~1", "/"}, {"~0", "~"}});
  }
  return steps;
}

template <typename Tree>
class TreeRows : public RowSource {
 public:
  using Node = typename Tree::Node;

  TreeRows(const Mapping& mapping, std::string path)
      : mapping_(mapping),
        path_(std::move(path)),
        ignored_(mapping.columns_ignored.begin(),
                 mapping.columns_ignored.end()) {}

  // The rows of a document. JSON lines has many: `lines_before` is where each
  // begins. False when its pointers lead to nothing.
  bool Add(const Node& root, uint32_t lines_before = 0) {
    const size_t before = rows_.size();
    lines_before_ = lines_before;
    for (const std::string& pointer : mapping_.rows) {
      Collect(root, PointerSteps(pointer), 0, "", {}, {});
      if (rows_.size() > before) return true;
    }
    return false;
  }

  absl::Status Open(const Node& root) {
    if (!Add(root)) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "TABLE_NO_ROWS",
          absl::StrCat(path_, ": rows '",
                       absl::StrJoin(mapping_.rows, "' or '"), "' of ",
                       mapping_.file, " lead to nothing; the document has ",
                       Shape(root)),
          {{"document", path_}});
    }
    MakeHeader();
    return absl::OkStatus();
  }
  // After the last Add.
  void Finish() { MakeHeader(); }
  // The line of the next row; of the end, beyond every line.
  uint32_t NextLine() const {
    return next_ == rows_.size() ? UINT32_MAX : LineOf(rows_[next_]);
  }
  static std::string ShapeOf(const Node& root) { return Shape(root); }

  const std::vector<std::string>& header() const override { return header_; }

  absl::StatusOr<bool> Next(TableRow* row) override {
    if (next_ == rows_.size()) return false;
    const Found& found = rows_[next_++];
    row->first_line = row->last_line = LineOf(found);
    row->pointer = found.pointer;
    row->excerpt = CleanUtf8(Tree::Raw(found.node), kExcerptBytes);
    row->problem.clear();
    row->fields.assign(header_.size(), "");
    const size_t wanted = mapping_.unpivot ? header_.size() : named_;
    for (size_t i = 0; i < wanted; ++i) {
      if (ignored_.contains(header_[i])) continue;
      row->fields[i] = Cell(found, header_[i], &row->problem);
    }
    return true;
  }

 private:
  struct Found {
    Node node;
    std::string pointer;
    std::vector<std::string> keys;  // for each '*' of `rows`
    std::vector<Node> above;        // from the root to what holds the row
    uint32_t lines_before = 0;
  };
  static uint32_t LineOf(const Found& found) {
    return found.lines_before + Tree::Line(found.node);
  }

  void Collect(const Node& node, const std::vector<std::string>& steps,
               size_t at, const std::string& pointer,
               std::vector<std::string> keys, std::vector<Node> above) {
    std::vector<Node> above_child = above;
    above_child.push_back(node);
    const auto each_child = [&](size_t next) {
      size_t index = 0;
      Tree::ForEachChild(node, [&](const Node& child) {
        std::string key =
            Tree::IsMap(node) ? Tree::Key(child) : absl::StrCat(index);
        ++index;
        std::vector<std::string> child_keys = keys;
        const std::string child_pointer = JsonPointer(pointer, key);
        child_keys.push_back(std::move(key));
        Collect(child, steps, next, child_pointer, child_keys, above_child);
      });
    };
    if (at < steps.size()) {
      if (steps[at] == "*") return each_child(at + 1);
      const std::optional<Node> child = Step(node, steps[at]);
      if (!child) return;
      return Collect(*child, steps, at + 1, JsonPointer(pointer, steps[at]),
                     std::move(keys), std::move(above_child));
    }
    // A list at the end stands for its items, unless '*' led to it.
    if (Tree::IsList(node) && (steps.empty() || steps.back() != "*")) {
      return each_child(at);
    }
    rows_.push_back(
        {node, pointer, std::move(keys), std::move(above), lines_before_});
  }

  static std::optional<Node> Step(const Node& node, const std::string& step) {
    if (Tree::IsMap(node)) return Tree::Find(node, step);
    uint32_t index = 0;
    std::optional<Node> found;
    if (!Tree::IsList(node) || !absl::SimpleAtoi(step, &index)) return found;
    Tree::ForEachChild(node, [&](const Node& child) {
      if (index-- == 0) found = child;
    });
    return found;
  }

  static void Resolve(const Node& node, const std::vector<std::string>& steps,
                      size_t at, std::vector<Node>* nodes) {
    if (at == steps.size()) {
      nodes->push_back(node);
    } else if (steps[at] == "*") {
      Tree::ForEachChild(node, [&](const Node& child) {
        Resolve(child, steps, at + 1, nodes);
      });
    } else if (const auto child = Step(node, steps[at])) {
      Resolve(*child, steps, at + 1, nodes);
    }
  }

  static std::vector<Node> Resolve(const Found& found, std::string column) {
    std::vector<Node> nodes;
    Node row = found.node;
    size_t up = 0;
    while (absl::StartsWith(column, "../")) {
      column = column.substr(3);
      if (++up > found.above.size()) return nodes;
      row = found.above[found.above.size() - up];
    }
    // From above, "config/name" is a pointer too.
    Resolve(row,
            up > 0 ? PointerSteps(absl::StartsWith(column, "/")
                                      ? column
                                      : absl::StrCat("/", column))
            : absl::StartsWith(column, "/") ? PointerSteps(column)
                                            : std::vector<std::string>{column},
            0, &nodes);
    return nodes;
  }

  // "@path", "@key", "@key1", "@value": what stands around the row.
  std::optional<std::string> Around(const Found& found,
                                    const std::string& column) const {
    if (column == "@path") return path_;
    if (column == "@value") {
      if (Tree::IsMap(found.node) || Tree::IsList(found.node)) {
        return std::nullopt;
      }
      return Tree::IsNull(found.node) ? "" : Tree::Text(found.node);
    }
    size_t number = found.keys.size();
    if (column != "@key" && (!absl::StartsWith(column, "@key") ||
                             !absl::SimpleAtoi(column.substr(4), &number))) {
      return std::nullopt;
    }
    if (number == 0 || number > found.keys.size()) return std::nullopt;
    return found.keys[number - 1];
  }

  std::string Cell(const Found& found, const std::string& column,
                   std::string* problem) const {
    if (absl::StartsWith(column, "@")) {
      return Around(found, column).value_or("");
    }
    std::string text;
    bool any = false;
    const auto add = [&](const Node& node) {
      if (Tree::IsNull(node)) return;
      if (Tree::IsMap(node) || Tree::IsList(node)) {
        *problem = absl::StrCat(
            "column '", column, "' holds ",
            Tree::IsMap(node) ? "a mapping" : "a list of lists",
            "; point at a value in it, such as '/", column, "/NAME'");
        return;
      }
      if (any) text.push_back(kItemSeparator);
      text += Tree::Text(node);
      any = true;
    };
    for (const Node& node : Resolve(found, column)) {
      if (Tree::IsList(node)) {
        Tree::ForEachChild(node, add);
      } else {
        add(node);
      }
    }
    return text;
  }

  void MakeHeader() {
    std::set<std::string> used;  // members that the mapping's columns enter
    for (const std::string& column : mapping_.KnownColumns()) {
      if (!absl::StartsWith(column, "../")) {
        used.insert(absl::StartsWith(column, "/") ? PointerSteps(column)[0]
                                                  : column);
      }
      const bool is_there =
          std::any_of(rows_.begin(), rows_.end(), [&](const Found& found) {
            return absl::StartsWith(column, "@")
                       ? Around(found, column).has_value()
                       : !Resolve(found, column).empty();
          });
      if (is_there) header_.push_back(column);
    }
    named_ = header_.size();
    std::set<std::string> others;
    for (const Found& found : rows_) {
      if (!Tree::IsMap(found.node)) continue;
      Tree::ForEachChild(found.node, [&](const Node& child) {
        std::string key = Tree::Key(child);
        if (!used.contains(key)) others.insert(std::move(key));
      });
    }
    header_.insert(header_.end(), others.begin(), others.end());
  }

  static std::string Shape(const Node& root) {
    if (Tree::IsList(root)) return "a list at its root";
    if (!Tree::IsMap(root)) return "a single value";
    std::vector<std::string> keys;
    Tree::ForEachChild(root, [&](const Node& child) {
      if (keys.size() < 10) keys.push_back(Tree::Key(child));
    });
    return absl::StrCat("the members ", absl::StrJoin(keys, ", "));
  }

  const Mapping& mapping_;
  const std::string path_;
  const std::set<std::string> ignored_;  // may hold what no cell can
  std::vector<Found> rows_;
  uint32_t lines_before_ = 0;
  std::vector<std::string> header_;
  size_t named_ = 0;  // columns that the mapping names; they come first
  size_t next_ = 0;
};

// Rows and the document that they are views of.
template <typename Tree, typename Owner>
class OwningRows : public RowSource {
 public:
  OwningRows(Owner owner, const Mapping& mapping, std::string path)
      : owner_(std::move(owner)), rows_(mapping, std::move(path)) {}
  absl::Status Open() {
    if constexpr (std::is_same_v<Tree, JsonTree>) {
      return rows_.Open(owner_->root());
    } else {
      return rows_.Open(&owner_);
    }
  }
  const std::vector<std::string>& header() const override {
    return rows_.header();
  }
  absl::StatusOr<bool> Next(TableRow* row) override { return rows_.Next(row); }

 private:
  const Owner owner_;
  TreeRows<Tree> rows_;
};

template <typename Tree, typename Owner>
absl::StatusOr<std::unique_ptr<RowSource>> Own(Owner owner,
                                               const Mapping& mapping,
                                               const std::string& path) {
  auto rows = std::make_unique<OwningRows<Tree, Owner>>(std::move(owner),
                                                        mapping, path);
  RETURN_IF_ERROR(rows->Open());
  return rows;
}

// JSON lines: one document a line. A line that is none is a bad row.
class JsonLinesRows : public RowSource {
 public:
  JsonLinesRows(const Mapping& mapping, const std::string& path)
      : mapping_(mapping), path_(path), rows_(mapping, path) {}

  absl::Status Open(absl::string_view text) {
    absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
    uint32_t number = 0;
    bool any_row = false;
    absl::Status first_error;
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      ++number;
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      auto document = JsonDocument::Parse(std::string(line), path_);
      if (!document.ok()) {
        if (first_error.ok()) first_error = document.status();
        AddBad(line, number, document.status());
        continue;
      }
      documents_.push_back(*std::move(document));
      any_row |= rows_.Add(documents_.back()->root(), number - 1);
    }
    if (documents_.empty()) {
      return first_error.ok() ? JsonDocument::Parse("", path_).status()
                              : first_error;
    }
    if (!any_row) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "TABLE_NO_ROWS",
          absl::StrCat(path_, ": rows '",
                       absl::StrJoin(mapping_.rows, "' or '"), "' of ",
                       mapping_.file,
                       " lead to nothing in any line; the first has ",
                       TreeRows<JsonTree>::ShapeOf(documents_[0]->root())),
          {{"document", path_}});
    }
    rows_.Finish();
    return absl::OkStatus();
  }

  const std::vector<std::string>& header() const override {
    return rows_.header();
  }
  absl::StatusOr<bool> Next(TableRow* row) override {
    if (next_bad_ < bad_.size() &&
        bad_[next_bad_].first_line < rows_.NextLine()) {
      *row = std::move(bad_[next_bad_++]);
      return true;
    }
    return rows_.Next(row);
  }

 private:
  void AddBad(absl::string_view line, uint32_t number,
              const absl::Status& error) {
    TableRow& row = bad_.emplace_back();
    row.first_line = row.last_line = number;
    row.excerpt = CleanUtf8(line, kExcerptBytes);
    // The parser saw one line only.
    const absl::string_view message = error.message();
    const size_t at = message.find("line 1, ");
    row.problem = absl::StrCat(
        "the line is no JSON value: ",
        at == absl::string_view::npos ? message : message.substr(at + 8));
  }

  const Mapping& mapping_;
  const std::string path_;
  std::vector<std::unique_ptr<const JsonDocument>> documents_;
  TreeRows<JsonTree> rows_;
  std::vector<TableRow> bad_;
  size_t next_bad_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenTreeRows(const Mapping& mapping,
                                                        std::string text,
                                                        std::string path) {
  if (mapping.format == Format::kJsonLines) {
    auto rows = std::make_unique<JsonLinesRows>(mapping, path);
    RETURN_IF_ERROR(rows->Open(text));
    return rows;
  }
  if (mapping.format == Format::kJson) {
    ASSIGN_OR_RETURN(auto json, JsonDocument::Parse(std::move(text), path));
    return Own<JsonTree>(std::move(json), mapping, path);
  }
  ASSIGN_OR_RETURN(YamlValue tree, mapping.format == Format::kToml
                                       ? ParseToml(text, path)
                                       : ParseYaml(text, path));
  return Own<YamlTree>(std::move(tree), mapping, path);
}

}  // namespace meridian::table

#include "cli/commands.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/json.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// How a fact came about: why it is unknown, or what was derived from what.
std::string HowText(const v1::Fact& fact) {
  std::string text;
  if (fact.value().value_case() == v1::FieldValue::VALUE_NOT_SET) {
    text = EnumWord(fact.unknown_reason());
  }
  const auto add = [&text](absl::string_view more) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", more);
  };
  if (!fact.derivation().empty()) add(fact.derivation());
  if (fact.own()) add("own evidence");
  if (fact.stated_after_as_of()) add("stated after as_of");
  for (const v1::OtherStatement& other : fact.others()) {
    add(absl::StrCat(other.source(), " says ", ValueText(other.value())));
  }
  return text;
}

}  // namespace

absl::Status PrintJson(const google::protobuf::Message& message,
                       const Output& output) {
  ASSIGN_OR_RETURN(const std::string json, ToJson(message));
  output.out << json << "\n";
  return absl::OkStatus();
}

v1::QueryContext ContextOf(const Globals& globals) {
  v1::QueryContext context;
  context.set_as_of(globals.as_of);
  context.set_at_seq(globals.at_seq);
  context.set_at_least_seq(globals.at_least_seq);
  context.set_country_rule(globals.country_rule);
  return context;
}

void PrintHeading(const Output& output, absl::string_view text) {
  if (output.format == Format::kMarkdown) {
    output.out << "**" << Printable(text) << "**\n\n";
  } else if (output.format == Format::kTable) {
    output.out << Paint(output, Color::kBold, Printable(text)) << "\n";
  }
}

void PrintMore(const Output& output, absl::string_view next_page_token) {
  if (next_page_token.empty()) return;
  std::ostream& out = output.format == Format::kCsv ? output.err : output.out;
  out << "... and more; --limit 0 shows all\n";
}

void PrintPairs(const Output& output,
                const std::vector<std::pair<std::string, std::string>>& pairs,
                int indent) {
  if (output.format == Format::kMarkdown) {
    for (const auto& [name, value] : pairs) {
      output.out << "- " << name << ": " << Printable(value) << "\n";
    }
    return;
  }
  int width = 0;
  for (const auto& pair : pairs) {
    width = std::max(width, DisplayWidth(pair.first));
  }
  for (const auto& [name, value] : pairs) {
    output.out << std::string(indent, ' ') << name
               << std::string(width - DisplayWidth(name) + 2, ' ')
               << Printable(value) << "\n";
  }
}

void PrintFacts(const Output& output, Citations& citations,
                const google::protobuf::RepeatedPtrField<v1::Fact>& facts,
                int indent) {
  std::vector<Column> columns = {{"field"}, {"value"}};
  citations.AddColumns(columns);
  columns.push_back({"how"});
  Table table(columns);
  for (const v1::Fact& fact : facts) {
    std::vector<Cell> row = {
        Text(fact.field()),
        fact.value().value_case() == v1::FieldValue::VALUE_NOT_SET
            ? Unknown()
            : Text(ValueText(fact.value()))};
    if (fact.evidence_size() > 0) {
      citations.AddCells(fact.evidence(), row);
    } else {
      row.resize(columns.size() - 1);
    }
    row.push_back(Text(HowText(fact), Color::kDim));
    table.Add(std::move(row));
  }
  table.Print(output, indent);
}

}  // namespace meridian::cli

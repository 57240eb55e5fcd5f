#include "cli/answer.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/text.h"
#include "cli/words.h"

namespace meridian::cli {
namespace {

std::string Publisher(const v1::Evidence& e) {
  if (!e.cites().publisher().empty()) return e.cites().publisher();
  return e.publisher().empty() ? kUnknown : e.publisher();
}

std::string Title(const v1::Evidence& e) {
  if (!e.cites().title().empty()) return e.cites().title();
  return absl::StrCat(e.source(), " ", e.stream());
}

std::string Url(const v1::Evidence& e) {
  if (!e.cites().url().empty()) return e.cites().url();
  return e.document().uri().empty() ? kUnknown : e.document().uri();
}

std::string Licence(const v1::Evidence& e) {
  return e.data_licence().empty() ? kUnknown : e.data_licence();
}

std::string ShortDigest(const v1::Evidence& e) {
  return e.document().sha256().empty() ? kUnknown
                                       : e.document().sha256().substr(0, 12);
}

void PrintCitation(int number, const v1::Evidence& e, std::ostream& out) {
  const std::string mark = absl::StrCat("[", number, "]");
  const std::string indent(mark.size() + 1, ' ');
  const std::string figure =
      e.cites().figure().empty() ? "" : ", " + e.cites().figure();
  const std::string date =
      e.cites().date().empty() ? "" : absl::StrCat(" of ", e.cites().date());
  out << mark << " "
      << Printable(absl::StrCat(Publisher(e), ", \"", Title(e), "\"", date,
                                figure, ", vintage ",
                                VintageText(e.vintage())));
  if (e.revision() > 1) out << ", revision " << e.revision();
  out << "\n"
      << indent << Printable(Url(e)) << "\n"
      << indent
      << Printable(absl::StrCat("sha256 ", ShortDigest(e), ", ",
                                LocatorText(e.locator()),
                                ", licence: ", Licence(e)))
      << "\n"
      << indent << "evidence " << Printable(e.id()) << "\n";
}

}  // namespace

const v1::Evidence* Citations::Find(uint32_t index) const {
  return index < static_cast<uint32_t>(header_.evidence_size())
             ? &header_.evidence(static_cast<int>(index))
             : nullptr;
}

std::string Citations::Mark(uint32_t index) {
  if (!output_.cite || Find(index) == nullptr) return "";
  const auto [it, added] =
      numbers_.emplace(index, static_cast<int>(order_.size()) + 1);
  if (added) order_.push_back(index);
  return absl::StrCat("[", it->second, "]");
}

std::string Citations::Id(uint32_t index) const {
  const v1::Evidence* evidence = Find(index);
  return evidence == nullptr ? kUnknown : evidence->id();
}

void Citations::Print() const {
  for (size_t i = 0; i < order_.size(); ++i) {
    // Else Markdown would run them together.
    if (i > 0 && output_.format == Format::kMarkdown) output_.out << "\n";
    PrintCitation(static_cast<int>(i) + 1, *Find(order_[i]), output_.out);
  }
}

void Citations::AddColumns(std::vector<Column>& columns) const {
  if (output_.cite) columns.push_back({"cite", Align::kLeft, For::kPeople});
  columns.push_back({"evidence", Align::kLeft, For::kPrograms});
  if (!output_.cite) return;
  for (const char* title : {"publisher", "title", "figure", "vintage", "url",
                            "sha256", "locator", "licence"}) {
    columns.push_back({title, Align::kLeft, For::kPrograms});
  }
}

void Citations::AddCells(const std::string& marks, const std::string& ids,
                         const v1::Evidence* e, std::vector<Cell>& row) const {
  if (output_.cite) row.push_back(Text(marks, Color::kDim));
  row.push_back(TextOrUnknown(ids));
  if (!output_.cite) return;
  if (e == nullptr) {
    row.insert(row.end(), 8, Unknown());
    return;
  }
  for (const std::string& text :
       {Publisher(*e), Title(*e), e->cites().figure(), e->vintage().date(),
        Url(*e), e->document().sha256(), LocatorText(e->locator()),
        Licence(*e)}) {
    row.push_back(Text(text));
  }
}

void PrintFooter(const v1::AnswerHeader& header, const Citations& citations,
                 const Output& output) {
  const bool beside = output.format == Format::kCsv;
  std::ostream& out = beside ? output.err : output.out;
  if (!beside) out << "\n";
  std::string choices =
      absl::StrCat("choices: as_of=", header.as_of(), " seq=", header.seq());
  bool defaulted = false;
  for (const v1::Choice& choice : header.choices()) {
    if (choice.name() == "as_of" || choice.name() == "seq") continue;
    absl::StrAppend(&choices, " ", choice.name(), "=", choice.value(),
                    choice.defaulted() ? "*" : "");
    defaulted = defaulted || choice.defaulted();
  }
  if (defaulted) choices += "   (* default)";
  const char* before = output.format == Format::kMarkdown ? "\n" : "";
  out << Paint(output, Color::kDim, Printable(choices)) << "\n";
  for (const v1::Warning& warning : header.warnings()) {
    out << before;
    out << Paint(output, Color::kYellow,
                 "warning: " + Printable(warning.message()));
    if (warning.subjects_size() > 0) {
      out << " (" << Printable(ListText(warning.subjects())) << ")";
    }
    out << "\n";
  }
  if (beside || !output.cite) return;
  out << "\n";
  citations.Print();
}

std::string ChoiceValue(const v1::AnswerHeader& header,
                        absl::string_view name) {
  for (const v1::Choice& choice : header.choices()) {
    if (choice.name() == name) return choice.value();
  }
  return "";
}

std::string ScoreText(const v1::ScoredModel& model) {
  std::optional<double> lower;
  std::optional<double> upper;
  if (model.has_lower()) lower = model.lower();
  if (model.has_upper()) upper = model.upper();
  return WithInterval(model.value(), lower, upper);
}

std::string ModelText(const v1::ScoredModel& model) {
  if (model.configuration().empty()) return model.model();
  return absl::StrCat(model.model(), " (", model.configuration(), ")");
}

}  // namespace meridian::cli

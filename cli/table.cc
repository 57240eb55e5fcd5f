#include "cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/text.h"

namespace meridian::cli {
namespace {

constexpr char kGap[] = "  ";

const char* CodeOf(Color color) {
  switch (color) {
    case Color::kBold:
      return "\033[1m";
    case Color::kDim:
      return "\033[2m";
    case Color::kGreen:
      return "\033[32m";
    case Color::kYellow:
      return "\033[33m";
    case Color::kRed:
      return "\033[31m";
    case Color::kPlain:
      break;
  }
  return "";
}

std::string Padded(const Output& output, const std::string& text, int width,
                   Align align, Color color, bool last) {
  const int missing = std::max(0, width - DisplayWidth(text));
  const std::string space(missing, ' ');
  const std::string painted = Paint(output, color, text);
  if (align == Align::kRight) return space + painted;
  return last ? painted : painted + space;
}

void TrimEnd(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

std::string Paint(const Output& output, Color color, absl::string_view text) {
  if (!output.color || color == Color::kPlain || text.empty()) {
    return std::string(text);
  }
  return absl::StrCat(CodeOf(color), text, "\033[0m");
}

Cell Text(absl::string_view text, Color color) {
  return {Printable(text), std::string(text), color};
}

Cell TextOrUnknown(absl::string_view text) {
  return text.empty() ? Unknown() : Text(text);
}

Cell Unknown() { return {kUnknown, kUnknown, Color::kDim}; }

Cell Number(double value, int decimals) {
  return {Fixed(value, decimals), Shortest(value), Color::kPlain};
}

Cell Number(std::optional<double> value, int decimals) {
  return value ? Number(*value, decimals) : Unknown();
}

Cell Exact(std::optional<double> value) {
  if (!value) return Unknown();
  return {Shortest(*value), Shortest(*value), Color::kPlain};
}

Cell Count(uint64_t count) {
  return {Grouped(count), absl::StrCat(count), Color::kPlain};
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<Cell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

void Table::Print(const Output& output, int indent) const {
  switch (output.format) {
    case Format::kTable:
      return PrintText(output, indent);
    case Format::kCsv:
      return PrintCsv(output);
    case Format::kMarkdown:
      return PrintMarkdown(output);
    case Format::kJson:
      return;
  }
}

std::vector<size_t> Table::Shown(bool people) const {
  const For hidden = people ? For::kPrograms : For::kPeople;
  std::vector<size_t> shown;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].shown != hidden) shown.push_back(i);
  }
  return shown;
}

void Table::PrintText(const Output& output, int indent) const {
  const std::vector<size_t> shown = Shown(true);
  std::vector<int> widths;
  for (size_t i : shown) {
    int width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[i].text));
    }
    widths.push_back(width);
  }
  const auto line = [&](auto text_of, auto color_of) {
    std::string result(indent, ' ');
    for (size_t c = 0; c < shown.size(); ++c) {
      absl::StrAppend(
          &result, c == 0 ? "" : kGap,
          Padded(output, text_of(shown[c]), widths[c], columns_[shown[c]].align,
                 color_of(shown[c]), c + 1 == shown.size()));
    }
    TrimEnd(result);
    output.out << result << "\n";
  };
  line([&](size_t i) { return columns_[i].title; },
       [](size_t) { return Color::kBold; });
  for (const auto& row : rows_) {
    line([&](size_t i) { return row[i].text; },
         [&](size_t i) { return row[i].color; });
  }
}

void Table::PrintCsv(const Output& output) const {
  const std::vector<size_t> shown = Shown(false);
  const auto line = [&](auto field_of) {
    std::string result;
    for (size_t c = 0; c < shown.size(); ++c) {
      absl::StrAppend(&result, c == 0 ? "" : ",", CsvField(field_of(shown[c])));
    }
    output.out << result << "\r\n";
  };
  line([&](size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) {
    line([&](size_t i) { return row[i].raw; });
  }
}

void Table::PrintMarkdown(const Output& output) const {
  const std::vector<size_t> shown = Shown(true);
  std::string head = "|";
  std::string rule = "|";
  for (size_t i : shown) {
    absl::StrAppend(&head, " ", MarkdownCell(columns_[i].title), " |");
    absl::StrAppend(&rule,
                    columns_[i].align == Align::kRight ? " ---: |" : " --- |");
  }
  output.out << head << "\n" << rule << "\n";
  for (const auto& row : rows_) {
    std::string line = "|";
    for (size_t i : shown) {
      absl::StrAppend(&line, " ", MarkdownCell(row[i].text), " |");
    }
    output.out << line << "\n";
  }
}

}  // namespace meridian::cli

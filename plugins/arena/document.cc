#include "plugins/arena/document.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace meridian::arena {

bool IsWord(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' ||
           c == '-';
  });
}

absl::string_view BaseName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

std::string CheckName(absl::string_view name) {
  // The longest name seen has 70 bytes.
  constexpr size_t kMaxNameBytes = 1024;
  if (absl::StripAsciiWhitespace(name).empty()) {
    return "the model has no name, expected the name it is listed under";
  }
  if (name.size() > kMaxNameBytes) {
    return absl::StrCat("the model's name has ", name.size(),
                        " bytes, expected at most ", kMaxNameBytes);
  }
  return "";
}

std::string CheckFigures(const Figures& figures) {
  const auto is_bad = [](std::optional<double> number) {
    return number && !std::isfinite(*number);
  };
  if (is_bad(figures.value) || is_bad(figures.lower) || is_bad(figures.upper)) {
    return "a figure is NaN or infinite, expected finite numbers";
  }
  if (figures.lower && *figures.lower > figures.value) {
    return absl::StrCat("the interval begins at ", *figures.lower,
                        ", above the rating ", figures.value);
  }
  if (figures.upper && *figures.upper < figures.value) {
    return absl::StrCat("the interval ends at ", *figures.upper,
                        ", below the rating ", figures.value);
  }
  return "";
}

std::optional<double> ReadNumber(const JsonValue& row, absl::string_view name,
                                 std::string* why) {
  const auto member = row.Find(name);
  if (!member || member->is_null()) return std::nullopt;
  if (!member->is_number()) {
    *why = absl::StrCat("'", name, "' is ", member->type_name(),
                        ", expected a number");
    return std::nullopt;
  }
  if (!std::isfinite(member->number())) {
    *why = absl::StrCat("'", name,
                        "' is NaN or infinite, expected a finite "
                        "number");
    return std::nullopt;
  }
  return member->number();
}

absl::Status ArenaDocument::Inform(absl::string_view message) {
  return reader_.Diagnose(v1::Diagnostic::SEVERITY_INFO,
                          absl::StrCat("document '", path(), "': ", message));
}

absl::Status ArenaDocument::Warn(absl::string_view message) {
  return reader_.Diagnose(v1::Diagnostic::SEVERITY_WARNING,
                          absl::StrCat("document '", path(), "': ", message));
}

absl::Status ArenaDocument::Reject(const v1::Locator& locator,
                                   absl::string_view why,
                                   absl::string_view excerpt,
                                   absl::string_view stream) {
  ++rejected_;
  return reader_.Reject(locator, why, excerpt, stream);
}

v1::Coverage ArenaDocument::CoverageOf(v1::Coverage::Extent whole, size_t rows,
                                       bool has_rejected) {
  v1::Coverage coverage;
  coverage.set_extent(has_rejected ? v1::Coverage::EXTENT_SOME : whole);
  if (coverage.extent() == v1::Coverage::EXTENT_TOP) {
    coverage.set_top(static_cast<uint32_t>(rows));
  }
  return coverage;
}

absl::StatusOr<std::unique_ptr<SnapshotWriter>> ArenaDocument::Begin(
    absl::string_view stream, const v1::Vintage& vintage,
    const v1::Coverage& coverage) {
  v1::BeginSnapshot spec;
  spec.set_stream(std::string(stream));
  *spec.mutable_vintage() = vintage;
  *spec.mutable_coverage() = coverage;
  spec.set_mode(v1::SNAPSHOT_MODE_REPLACES);
  return reader_.BeginSnapshot(std::move(spec));
}

absl::Status ArenaDocument::WriteModels(absl::string_view stream,
                                        const v1::Vintage& vintage,
                                        const std::vector<ModelRow>& models) {
  if (models.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const auto writer,
      Begin(stream, vintage,
            CoverageOf(v1::Coverage::EXTENT_SOME, models.size(), false)));
  for (const ModelRow& row : models) {
    v1::Record record;
    *record.mutable_locator() = row.locator;
    *record.mutable_model() = row.model;
    RETURN_IF_ERROR(writer->Emit(std::move(record)));
  }
  return writer->End();
}

absl::Status ArenaDocument::Error(absl::string_view reason,
                                  absl::string_view message) const {
  return MakeError(absl::StatusCode::kInvalidArgument, reason,
                   absl::StrCat("document '", path(), "': ", message),
                   {{"document", path()}});
}

}  // namespace meridian::arena

// CSV from an enemy, in chunks of every size: the rows do not depend on how
// the bytes were cut.
#include <cstdlib>
#include <iostream>

#include "plugins/formats/csv.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

// All rows as one text; errors included.
std::string ReadAll(const std::string& bytes, size_t chunk) {
  size_t at = 0;
  CsvOptions options;
  options.max_row_bytes = 4096;
  auto reader = CsvReader::Create(
      [&]() -> absl::StatusOr<std::string> {
        std::string next = bytes.substr(at, chunk);
        at += next.size();
        return next;
      },
      options);
  if (!reader.ok()) return reader.status().ToString();
  std::string text;
  CsvRow row;
  for (;;) {
    const auto more = (*reader)->Next(&row);
    if (!more.ok()) return text + more.status().ToString();
    if (!*more) return text;
    text += std::to_string(row.first_line) + "-" +
            std::to_string(row.last_line) + row.problem;
    if (row.problem.empty() &&
        row.fields.size() != (*reader)->header().size()) {
      std::abort();
    }
    for (const std::string& field : row.fields) text += "|" + field;
    text += "\n";
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {"a,b,c\n1,2,3\n4,5,6\n",
          "\xef\xbb\xbf\"a\",b\r\n\"x\ny\",\"z\"\"q\"\r\n",
          "a,b\n1\n1,2,3\n",
          "a\tb\n",
          "",
          "a,b\n\"open"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = meridian::fuzz::ReadAll(bytes, bytes.size() + 1);
  for (const size_t chunk : {1, 7}) {
    const std::string cut = meridian::fuzz::ReadAll(bytes, chunk);
    if (cut != whole) {
      std::cerr << "differs in chunks of " << chunk << ":\n"
                << cut << "\nwhole:\n"
                << whole << "\n";
      std::abort();
    }
  }
  return 0;
}

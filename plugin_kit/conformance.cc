#include "plugin_kit/conformance.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/files.h"
#include "common/base/status.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace meridian::kit {
namespace {

// A key that no plugin has.
constexpr char kUnknownKey[] = "meridian_unknown_key";

std::string ToJsonLine(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options)
           .ok()) {
    return "";
  }
  return json;
}

int64_t LinesOf(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') +
         (!text.empty() && text.back() != '\n' ? 1 : 0);
}

uint64_t RecordsOf(const ReadResult& result) {
  uint64_t records = 0;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    records += snapshot.records.size();
  }
  return records;
}

// Bytes of no format, always the same.
std::string Garbage() {
  std::string bytes;
  uint32_t state = 12345;
  for (int i = 0; i < 4096; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes.push_back(static_cast<char>(state >> 24));
  }
  return bytes;
}

// Whether the plugin itself said no, with a reason: what is expected of it for
// a document that it cannot read.
bool SaidNo(const absl::Status& status) {
  return ErrorReason(status) == "PLUGIN_FAILED";
}

class Tester {
 public:
  Tester(PluginRun& run, const TestOptions& options)
      : run_(run), options_(options) {}

  absl::StatusOr<Report> Test(const std::vector<PluginCase>& cases) {
    const auto described = run_.Describe();
    if (!described.ok()) {
      Broken("start", std::string(described.status().message()),
             "see its last lines on standard error: run it by hand with "
             "--version");
      return std::move(report_);
    }
    Passed("start");
    report_.plugin = absl::StrCat(described->id(), " ", described->version());
    Take({"describe", "describe.schema"}, CheckDescription(*described));
    for (const PluginCase& one : cases) {
      case_ = one.name;
      RETURN_IF_ERROR(TestCase(one));
    }
    return std::move(report_);
  }

 private:
  void Passed(absl::string_view rule) {
    report_.results.push_back({std::string(rule), case_, true, "", ""});
  }
  void Broken(absl::string_view rule, std::string message,
              absl::string_view fix) {
    report_.results.push_back({std::string(rule), case_, false,
                               std::move(message), std::string(fix)});
  }
  // The result of each of `rules`.
  void Take(const std::vector<std::string>& rules,
            const std::vector<Finding>& findings) {
    for (const std::string& rule : rules) {
      const auto found =
          std::find_if(findings.begin(), findings.end(),
                       [&](const Finding& f) { return f.rule == rule; });
      if (found == findings.end()) {
        Passed(rule);
      } else {
        Broken(rule, found->message, found->fix);
      }
    }
  }

  absl::Status TestCase(const PluginCase& one) {
    if (!TestCheck(one)) return absl::OkStatus();
    const absl::Time began = absl::Now();
    const auto first = run_.Read(one.config_json, one.documents);
    report_.read_seconds += absl::ToDoubleSeconds(absl::Now() - began);
    if (!first.ok()) {
      Broken("read", std::string(first.status().message()),
             "a bad row is rejected and the read goes on; only a document "
             "that cannot be read at all ends it");
      return absl::OkStatus();
    }
    Passed("read");
    report_.records += RecordsOf(*first);
    report_.rejected += first->rejected.size();
    std::map<uint32_t, int64_t> lines;
    for (const KitDocument& document : one.documents) {
      lines.emplace(lines.size(), LinesOf(document.bytes));
    }
    Take({"snapshot.stream", "snapshot.vintage", "snapshot.coverage",
          "snapshot.ended", "record.key", "record.locator", "record.conflict",
          "record.text", "record.date", "record.interval", "rejected.why",
          "rejected.locator", "read.something"},
         CheckResult(*first, lines));
    TestSame("read.again", one, *first, {},
             "keep nothing between reads: no clock, no randomness, no order of "
             "a hash table");
    // A prime, so that chunks end inside lines, tokens and characters.
    TestSame("read.chunks", one, *first,
             {.chunk_bytes = 997, .batch_bytes = 4099},
             "collect a document's chunks before you parse them, or parse "
             "across their ends");
    TestNoDocument("read.empty", one, "");
    TestNoDocument("read.garbage", one, Garbage());
    TestCutOff(one);
    return TestGolden(one, *first);
  }

  // False: the case cannot be read.
  bool TestCheck(const PluginCase& one) {
    const auto checked = run_.Check(one.config_json);
    if (!checked.ok() || checked->problems_size() > 0) {
      Broken("check.accepts",
             checked.ok() ? absl::StrCat("Check refuses the configuration: ",
                                         checked->problems(0).message())
                          : std::string(checked.status().message()),
             "Check and Read must agree; is the case's config right?");
      return false;
    }
    Passed("check.accepts");
    google::protobuf::Struct config;
    if (!google::protobuf::util::JsonStringToMessage(one.config_json, &config)
             .ok()) {
      return true;
    }
    (*config.mutable_fields())[kUnknownKey].set_number_value(1);
    const auto refused = run_.Check(ToJsonLine(config));
    const bool named =
        refused.ok() && refused->problems_size() > 0 &&
        std::all_of(refused->problems().begin(), refused->problems().end(),
                    [](const v1::Problem& p) { return !p.message().empty(); });
    if (named) {
      Passed("check.unknown_key");
    } else {
      Broken("check.unknown_key",
             refused.ok()
                 ? absl::StrCat("Check accepts a configuration with a key '",
                                kUnknownKey, "'")
                 : std::string(refused.status().message()),
             "refuse keys that you do not read: a misspelt key would silently "
             "do nothing");
    }
    return true;
  }

  void TestSame(absl::string_view rule, const PluginCase& one,
                const ReadResult& first, const Cut& cut,
                absl::string_view fix) {
    const auto second = run_.Read(one.config_json, one.documents, cut);
    if (!second.ok()) {
      return Broken(rule, std::string(second.status().message()), fix);
    }
    const std::string a = Print(first);
    const std::string b = Print(*second);
    if (a == b) return Passed(rule);
    Broken(rule,
           absl::StrCat("the same documents give something else: ",
                        Differing(a, b)),
           fix);
  }

  // A document without anything to read: no record, and no crash.
  void TestNoDocument(absl::string_view rule, const PluginCase& one,
                      const std::string& bytes) {
    std::vector<KitDocument> documents(one.documents.begin(),
                                       one.documents.begin() + 1);
    documents[0].bytes = bytes;
    const auto read = run_.Read(one.config_json, documents);
    if (!read.ok() && !SaidNo(read.status())) {
      return Broken(rule, std::string(read.status().message()),
                    "answer a document that you cannot read with an error that "
                    "says what was expected");
    }
    if (read.ok() && RecordsOf(*read) > 0) {
      return Broken(rule,
                    absl::StrCat(RecordsOf(*read),
                                 " records were read where nothing stands"),
                    "check what a document is before you read it");
    }
    Passed(rule);
  }

  // Half a document may give less or an error, never a crash.
  void TestCutOff(const PluginCase& one) {
    std::vector<KitDocument> documents = one.documents;
    documents[0].bytes.resize(documents[0].bytes.size() / 2);
    const auto read = run_.Read(one.config_json, documents);
    if (read.ok() || SaidNo(read.status())) return Passed("read.cut_off");
    Broken("read.cut_off", std::string(read.status().message()),
           "half a document is an error of the plugin's own, not a crash");
  }

  absl::Status TestGolden(const PluginCase& one, const ReadResult& result) {
    const std::string now = GoldenText(result);
    if (options_.update_golden) {
      RETURN_IF_ERROR(WriteWholeFile(one.golden, now));
      Passed("golden");
      return absl::OkStatus();
    }
    const auto expected = ReadWholeFile(one.golden);
    if (!expected.ok()) {
      Broken("golden", absl::StrCat(one.golden, " is missing"),
             "look at 'plugin run', then write it with --update-golden");
    } else if (*expected == now) {
      Passed("golden");
    } else {
      Broken("golden",
             absl::StrCat("what was read differs from ", one.golden, ": ",
                          Differing(*expected, now)),
             "mend the plugin, or look at the difference and accept it with "
             "--update-golden");
    }
    return absl::OkStatus();
  }

  PluginRun& run_;
  const TestOptions options_;
  std::string case_;
  Report report_;
};

}  // namespace

size_t Report::broken() const {
  return static_cast<size_t>(
      std::count_if(results.begin(), results.end(),
                    [](const RuleResult& result) { return !result.passed; }));
}

absl::StatusOr<Report> TestPlugin(PluginRun& run,
                                  const std::vector<PluginCase>& cases,
                                  const TestOptions& options) {
  return Tester(run, options).Test(cases);
}

std::string GoldenText(const ReadResult& result) {
  std::string text;
  const auto add = [&](absl::string_view kind,
                       const google::protobuf::Message& message) {
    absl::StrAppend(&text, "{\"", kind, "\":", ToJsonLine(message), "}\n");
  };
  for (const ReadSnapshot& snapshot : result.snapshots) {
    add("snapshot", snapshot.begin);
    for (const v1::Record& record : snapshot.records) add("record", record);
  }
  for (const v1::Rejected& rejected : result.rejected) {
    add("rejected", rejected);
  }
  for (const v1::Diagnostic& diagnostic : result.diagnostics) {
    add("diagnostic", diagnostic);
  }
  return text;
}

void PrintReport(const Report& report, std::ostream& out) {
  for (const RuleResult& result : report.results) {
    if (result.passed) continue;
    out << "broken " << result.rule;
    if (!result.case_name.empty()) out << " (case " << result.case_name << ")";
    out << ": " << result.message << "\n    fix: " << result.fix << "\n";
  }
  std::set<std::string> rules;
  for (const RuleResult& result : report.results) rules.insert(result.rule);
  out << (report.plugin.empty() ? "the plugin" : report.plugin) << ": "
      << rules.size() << " rules, " << report.broken() << " broken, "
      << report.records << " records, " << report.rejected << " rejected\n";
}

std::string ReportJson(const Report& report) {
  google::protobuf::Struct root;
  auto& fields = *root.mutable_fields();
  fields["plugin"].set_string_value(report.plugin);
  fields["broken"].set_number_value(static_cast<double>(report.broken()));
  fields["passed"].set_number_value(
      static_cast<double>(report.results.size() - report.broken()));
  fields["records"].set_number_value(static_cast<double>(report.records));
  fields["rejected"].set_number_value(static_cast<double>(report.rejected));
  fields["read_seconds"].set_number_value(report.read_seconds);
  auto* rules = fields["rules"].mutable_list_value();
  for (const RuleResult& result : report.results) {
    auto& rule = *rules->add_values()->mutable_struct_value()->mutable_fields();
    rule["rule"].set_string_value(result.rule);
    rule["passed"].set_bool_value(result.passed);
    if (!result.case_name.empty()) {
      rule["case"].set_string_value(result.case_name);
    }
    if (result.passed) continue;
    rule["message"].set_string_value(result.message);
    rule["fix"].set_string_value(result.fix);
  }
  return ToJsonLine(root);
}

}  // namespace meridian::kit

#include "ingest_service/check_source.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "ingest_service/documents/document_reader.h"

namespace meridian::ingest {
namespace {

using Outcome = v1::SourceCheck::Outcome;

class Checker {
 public:
  Checker(const SourceConfig& source, v1::CheckSourceResponse* response)
      : source_(source), response_(response) {}

  void Plugin(const PluginOptions& plugin, PluginHost& host) {
    const auto described = host.Describe(plugin);
    if (!described.ok()) {
      Fail("plugin", described.status());
      Say("configuration", v1::SourceCheck::OUTCOME_SKIPPED,
          "the plugin could not be asked");
      return;
    }
    *response_->mutable_plugin() = *described;
    Pass("plugin", absl::StrCat(described->id(), " ", described->version()));
    const auto checked = host.Check(plugin, source_.config_json);
    if (!checked.ok()) return Fail("configuration", checked.status());
    *response_->mutable_problems() = checked->problems();
    if (checked->problems().empty()) {
      return Pass("configuration", "the plugin accepts it");
    }
    Say("configuration", v1::SourceCheck::OUTCOME_FAILED,
        absl::StrCat(checked->problems_size(),
                     " problems; the first: ", checked->problems(0).message()));
  }

  void Documents() {
    const auto documents = ExpandDocuments(source_);
    if (!documents.ok()) {
      Fail("documents", documents.status());
      return Say("hosts", v1::SourceCheck::OUTCOME_SKIPPED, "");
    }
    std::set<std::string> hosts(source_.http.hosts.begin(),
                                source_.http.hosts.end());
    for (const DocumentPlace& place : *documents) {
      response_->add_documents(place.url.empty() ? place.file : place.url);
    }
    Pass("documents", absl::StrCat(documents->size(), " would be read"));
    Pass("hosts", hosts.empty() ? "none: it reads files only"
                                : absl::StrJoin(hosts, ", "));
  }

  // Figures are published under a licence by somebody: an answer cites both.
  void Attribution() {
    std::string missing;
    if (source_.publisher.empty()) missing = "publisher";
    if (source_.data_licence.empty()) {
      absl::StrAppend(&missing, missing.empty() ? "" : " and ", "data_licence");
    }
    if (missing.empty()) {
      return Pass("attribution",
                  absl::StrCat(source_.publisher, ", ", source_.data_licence));
    }
    Say("attribution", v1::SourceCheck::OUTCOME_WARNING,
        absl::StrCat("no ", missing, ": write ", missing,
                     " into the configuration, answers cite it"));
  }

 private:
  void Say(absl::string_view name, Outcome outcome, absl::string_view message) {
    v1::SourceCheck& check = *response_->add_checks();
    check.set_name(std::string(name));
    check.set_outcome(outcome);
    check.set_message(std::string(message));
  }
  void Pass(absl::string_view name, absl::string_view message) {
    Say(name, v1::SourceCheck::OUTCOME_PASSED, message);
  }
  void Fail(absl::string_view name, const absl::Status& status) {
    response_->add_problems()->set_message(std::string(status.message()));
    Say(name, v1::SourceCheck::OUTCOME_FAILED, status.message());
  }

  const SourceConfig& source_;
  v1::CheckSourceResponse* const response_;
};

}  // namespace

void CheckSource(const SourceConfig& source, const PluginOptions& plugin,
                 PluginHost& host, v1::CheckSourceResponse* response) {
  Checker checker(source, response);
  checker.Plugin(plugin, host);
  checker.Documents();
  checker.Attribution();
}

}  // namespace meridian::ingest

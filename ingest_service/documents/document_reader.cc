#include "ingest_service/documents/document_reader.h"

#include <curl/curl.h>
#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/records/vintage.h"
#include "ingest_service/documents/archive.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

// Bounds of one archive: members, and their bytes as a multiple of the largest
// document.
constexpr size_t kMostMembers = 100'000;
constexpr uint64_t kArchiveFactor = 16;

// "YYYY-MM-DD" from it or from "YYYYMMDD"; other dates as they are.
std::string NormalDate(const std::string& text) {
  if (text.size() == 8 &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return absl::ascii_isdigit(c); })) {
    return absl::StrCat(text.substr(0, 4), "-", text.substr(4, 2), "-",
                        text.substr(6));
  }
  return text;
}

// The vintage that the configuration gives; nullopt when it gives none.
absl::StatusOr<std::optional<v1::Vintage>> ConfiguredVintage(
    const DocumentSpec& spec, const std::string& path) {
  if (!spec.vintage.empty()) {
    return MakeVintage(spec.vintage, v1::VINTAGE_BASIS_CONFIG);
  }
  if (spec.vintage_from_path.empty()) return std::nullopt;
  std::smatch match;
  const std::regex pattern(spec.vintage_from_path);
  if (std::regex_search(path, match, pattern)) {
    const std::string date = NormalDate(match[1].str());
    if (ParseDate(date).ok()) return MakeVintage(date, v1::VINTAGE_BASIS_PATH);
  }
  return MakeError(
      absl::StatusCode::kInvalidArgument, "BAD_VINTAGE_PATH",
      absl::StrCat("the path ", path, " has no date as '",
                   spec.vintage_from_path,
                   "' promises; mend vintage_from_path or set vintage"),
      {{"path", path}});
}

Day FileDay(const std::string& file) {
  struct stat info;
  return stat(file.c_str(), &info) == 0 ? DayOf(absl::FromTimeT(info.st_mtime))
                                        : 0;
}

absl::Status ExpandGlob(const SourceConfig& source, const DocumentSpec& spec,
                        std::vector<DocumentPlace>& places) {
  glob_t found{};
  glob(spec.files.c_str(), 0, nullptr, &found);  // Sorted by name.
  std::vector<std::string> files(found.gl_pathv,
                                 found.gl_pathv + found.gl_pathc);
  globfree(&found);
  std::erase_if(files, [](const std::string& file) {
    std::error_code error;
    return fs::is_directory(file, error);
  });
  if (files.empty()) {
    return MakeError(
        absl::StatusCode::kNotFound, "NO_DOCUMENTS",
        absl::StrCat("source '", source.id, "': no file matches ", spec.files),
        {{"source", source.id}, {"files", spec.files}});
  }
  for (std::string& file : files) {
    std::string path = fs::path(file).lexically_relative(spec.base).string();
    // The path of a member is known only when its archive is open.
    if (spec.members.empty()) {
      RETURN_IF_ERROR(ConfiguredVintage(spec, path).status());
    }
    places.push_back({std::move(file), "", std::move(path), &spec});
  }
  return absl::OkStatus();
}

class ConfiguredReader : public DocumentReader {
 public:
  ConfiguredReader(const ReaderStores& stores, const SourceConfig& source,
                   uint64_t max_document_bytes, std::stop_token cancel)
      : stores_(stores),
        source_(source),
        max_bytes_(max_document_bytes),
        cancel_(std::move(cancel)) {}

  absl::Status Prepare() override {
    ASSIGN_OR_RETURN(places_, ExpandDocuments(source_));
    fetched_.resize(places_.size());
    for (size_t i = 0; i < places_.size(); ++i) {
      if (places_[i].url.empty()) continue;
      ASSIGN_OR_RETURN(fetched_[i], FetchUrl(places_[i].url));
    }
    return absl::OkStatus();
  }

  size_t total() const override {
    return std::max(places_.size(), next_ + members_given_);
  }

  absl::StatusOr<std::optional<v1::DocumentHead>> Next() override {
    for (;;) {
      if (archive_) {
        ASSIGN_OR_RETURN(std::optional<v1::DocumentHead> member, NextMember());
        if (member) return member;
        archive_.reset();
        ++next_;
      }
      if (next_ == places_.size()) return std::nullopt;
      const DocumentPlace& place = places_[next_];
      if (!place.spec->members.empty()) {
        RETURN_IF_ERROR(OpenArchive(place));
        continue;
      }
      v1::DocumentHead head;
      if (place.url.empty()) {
        ASSIGN_OR_RETURN(head, StoreFile(place));
      } else {
        head = fetched_[next_];
      }
      ++next_;
      RETURN_IF_ERROR(Place(*place.spec, place.path, FileDayOf(place), head));
      return head;
    }
  }

  absl::StatusOr<v1::DocumentHead> Fetch(absl::string_view uri,
                                         absl::string_view base) override {
    ASSIGN_OR_RETURN(const Url url, absl::StartsWith(base, "http")
                                        ? ResolveUrl(base, uri)
                                        : ParseUrl(uri));
    ASSIGN_OR_RETURN(v1::DocumentHead head, FetchUrl(url.full));
    const DocumentSpec nothing_said;
    RETURN_IF_ERROR(
        Place(nothing_said, absl::StrCat(url.host, url.path), 0, head));
    return head;
  }

 private:
  static Day FileDayOf(const DocumentPlace& place) {
    return place.file.empty() ? 0 : FileDay(place.file);
  }

  // Path and vintage hint: configuration, HTTP header, day of the fetch.
  absl::Status Place(const DocumentSpec& spec, const std::string& path,
                     Day file_day, v1::DocumentHead& head) const {
    head.set_path(path);
    ASSIGN_OR_RETURN(const auto configured, ConfiguredVintage(spec, path));
    if (configured) {
      *head.mutable_vintage_hint() = *configured;
      return absl::OkStatus();
    }
    const auto modified = head.headers().find("last-modified");
    if (modified != head.headers().end()) {
      const time_t time = curl_getdate(modified->second.c_str(), nullptr);
      if (time >= 0) {
        *head.mutable_vintage_hint() = MakeVintage(
            FormatDay(DayOf(absl::FromTimeT(time))), v1::VINTAGE_BASIS_HTTP);
        return absl::OkStatus();
      }
    }
    Day day = file_day;
    if (day == 0) {
      ASSIGN_OR_RETURN(const absl::Time time, ParseTime(head.retrieved_at()));
      day = DayOf(time);
    }
    *head.mutable_vintage_hint() =
        MakeVintage(FormatDay(day), v1::VINTAGE_BASIS_FETCHED);
    return absl::OkStatus();
  }

  absl::StatusOr<v1::DocumentHead> Store(const DocumentStore::ByteSource& bytes,
                                         const std::string& uri,
                                         const std::string& path) const {
    const auto stored = stores_.documents->Put(bytes, max_bytes_);
    if (!stored.ok()) return Annotate(stored.status(), path);
    v1::DocumentHead head;
    head.set_uri(uri);
    head.set_status(200);
    head.set_size(stored->size);
    head.set_sha256(stored->sha256);
    head.set_retrieved_at(FormatUtc(stores_.clock->Now()));
    return head;
  }

  absl::StatusOr<v1::DocumentHead> StoreFile(const DocumentPlace& place) const {
    ASSIGN_OR_RETURN(const DocumentStore::ByteSource bytes,
                     ReadFile(place.file));
    return Store(bytes, absl::StrCat("file://", place.file), place.path);
  }

  absl::StatusOr<v1::DocumentHead> FetchUrl(const std::string& url) const {
    ASSIGN_OR_RETURN(const std::optional<v1::DocumentHead> known,
                     stores_.retrievals->Newest(source_.id, url));
    HttpRequest request;
    request.url = url;
    request.max_bytes = max_bytes_;
    if (known && stores_.documents->Read(known->sha256()).ok()) {
      const auto header = [&](const char* name) {
        const auto found = known->headers().find(name);
        return found == known->headers().end() ? std::string() : found->second;
      };
      request.etag = header("etag");
      request.last_modified = header("last-modified");
    }
    ASSIGN_OR_RETURN(const HttpResponse response,
                     stores_.http->Get(request, source_.http, cancel_));
    if (response.not_modified ||
        (known && known->sha256() == response.document.sha256)) {
      return *known;
    }
    v1::DocumentHead head;
    head.set_uri(response.final_url);
    head.set_status(response.status);
    head.mutable_headers()->insert(response.headers.begin(),
                                   response.headers.end());
    head.set_size(response.document.size);
    head.set_sha256(response.document.sha256);
    head.set_retrieved_at(FormatUtc(stores_.clock->Now()));
    RETURN_IF_ERROR(stores_.retrievals->Keep(source_.id, url, head));
    return head;
  }

  absl::Status OpenArchive(const DocumentPlace& place) {
    archive_members_ = 0;
    archive_bytes_ = 0;
    ASSIGN_OR_RETURN(
        archive_, ArchiveReader::Open(
                      place.url.empty()
                          ? place.file
                          : stores_.documents->PathOf(fetched_[next_].sha256()),
                      place.path));
    return absl::OkStatus();
  }

  // nullopt at the end of the archive.
  absl::StatusOr<std::optional<v1::DocumentHead>> NextMember() {
    const DocumentPlace& place = places_[next_];
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<std::string> name, archive_->Next());
      if (!name) {
        if (archive_members_ > 0) return std::nullopt;
        return MakeError(
            absl::StatusCode::kNotFound, "NO_DOCUMENTS",
            absl::StrCat("source '", source_.id, "': no member of ", place.path,
                         " matches ", place.spec->members),
            {{"source", source_.id}});
      }
      if (fnmatch(place.spec->members.c_str(), name->c_str(), 0) != 0) continue;
      const std::string path = absl::StrCat(place.path, "/", *name);
      const std::string uri =
          absl::StrCat(place.url.empty() ? absl::StrCat("file://", place.file)
                                         : fetched_[next_].uri(),
                       "#", *name);
      ASSIGN_OR_RETURN(v1::DocumentHead head,
                       Store(archive_->Read(), uri, path));
      if (!place.url.empty()) {
        *head.mutable_headers() = fetched_[next_].headers();
        head.set_retrieved_at(fetched_[next_].retrieved_at());
      }
      archive_bytes_ += head.size();
      ++members_given_;
      if (++archive_members_ > kMostMembers ||
          archive_bytes_ > kArchiveFactor * max_bytes_) {
        return MakeError(
            absl::StatusCode::kFailedPrecondition, "ARCHIVE_TOO_LARGE",
            absl::StrCat(place.path, " has more than ", kMostMembers,
                         " members or more than ", kArchiveFactor,
                         " times limits.max_document_bytes; name fewer with "
                         "'members', or raise the limit"),
            {{"archive", place.path}});
      }
      RETURN_IF_ERROR(Place(*place.spec, path, FileDayOf(place), head));
      return head;
    }
  }

  const ReaderStores stores_;
  const SourceConfig& source_;
  const uint64_t max_bytes_;
  const std::stop_token cancel_;
  std::vector<DocumentPlace> places_;
  std::vector<v1::DocumentHead> fetched_;  // for URLs, by place
  size_t next_ = 0;
  std::unique_ptr<ArchiveReader> archive_;  // of places_[next_]
  size_t archive_members_ = 0;
  uint64_t archive_bytes_ = 0;
  size_t members_given_ = 0;
};

class TranscriptReader : public DocumentReader {
 public:
  explicit TranscriptReader(std::vector<v1::RunDocument> documents)
      : documents_(std::move(documents)) {}

  absl::Status Prepare() override { return absl::OkStatus(); }
  size_t total() const override { return documents_.size(); }

  absl::StatusOr<std::optional<v1::DocumentHead>> Next() override {
    while (next_ < documents_.size()) {
      const v1::RunDocument& document = documents_[next_++];
      if (document.asked_uri().empty()) return document.head();
    }
    return std::nullopt;
  }

  absl::StatusOr<v1::DocumentHead> Fetch(absl::string_view uri,
                                         absl::string_view) override {
    for (const v1::RunDocument& document : documents_) {
      if (document.asked_uri() == uri) return document.head();
    }
    return MakeError(absl::StatusCode::kNotFound, "NOT_IN_TRANSCRIPT",
                     absl::StrCat("the run that is read again did not fetch ",
                                  uri, "; run the source anew"),
                     {{"uri", std::string(uri)}});
  }

 private:
  const std::vector<v1::RunDocument> documents_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<DocumentPlace>> ExpandDocuments(
    const SourceConfig& source) {
  std::vector<DocumentPlace> places;
  for (const DocumentSpec& spec : source.documents) {
    if (spec.url.empty()) {
      RETURN_IF_ERROR(ExpandGlob(source, spec, places));
      continue;
    }
    if (spec.members.empty()) {
      RETURN_IF_ERROR(ConfiguredVintage(spec, spec.path).status());
    }
    places.push_back({"", spec.url, spec.path, &spec});
  }
  return places;
}

std::unique_ptr<DocumentReader> ReadConfigured(const ReaderStores& stores,
                                               const SourceConfig& source,
                                               uint64_t max_document_bytes,
                                               std::stop_token cancel) {
  return std::make_unique<ConfiguredReader>(stores, source, max_document_bytes,
                                            std::move(cancel));
}

std::unique_ptr<DocumentReader> ReadTranscript(
    std::vector<v1::RunDocument> documents) {
  return std::make_unique<TranscriptReader>(std::move(documents));
}

}  // namespace meridian::ingest

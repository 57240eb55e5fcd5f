#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "ingest_service/documents/archive.h"
#include "ingest_service/documents/document_reader.h"
#include "ingest_service/documents/http_client.h"
#include "ingest_service/testing_stack.h"

namespace meridian::ingest {
namespace {

using ::testing::HasSubstr;

TEST(DocumentStoreTest, KeepsBytesOnceUnderTheirDigest) {
  TestFolder folder;
  const auto store = DocumentStore::Open(folder.Path("documents"));
  ASSERT_TRUE(store.ok());
  const std::string path = folder.Write("a.txt", "some bytes");
  const auto first = (*store)->Put(*ReadFile(path), 100);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->size, 10u);
  EXPECT_EQ((*store)->Put(*ReadFile(path), 100)->sha256, first->sha256);
  EXPECT_EQ((*store)->Count(), 1u);
  EXPECT_EQ(*(*(*store)->Read(first->sha256))(4), "some");
  EXPECT_EQ(ErrorReason((*store)->Put(*ReadFile(path), 9).status()),
            "DOCUMENT_TOO_LARGE");
  EXPECT_EQ(ErrorReason((*store)->Read("../../etc/passwd").status()),
            "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason((*store)->Read(std::string(64, 'a')).status()),
            "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason(ReadFile(folder.Path("none")).status()),
            "NO_SUCH_FILE");
}

TEST(UrlTest, OnlyPlainHttpUrlsAreAccepted) {
  const auto url = ParseUrl("HTTPS://Example.ORG:8443/a/b?c=d#e");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_THAT(url->full, HasSubstr("?c=d"));
  EXPECT_EQ(url->full.find('#'), std::string::npos);
  EXPECT_EQ(HostOf(*url), "example.org:8443");
  EXPECT_EQ(HostOf(*ParseUrl("http://example.org/")), "example.org");
  for (const char* bad :
       {"", "example.org/x", "file:///etc/passwd", "ftp://example.org/",
        "http://", "http://user:secret@example.org/", "gopher://x/"}) {
    EXPECT_EQ(ErrorReason(ParseUrl(bad).status()), "BAD_URL") << bad;
  }
}

TEST(UrlTest, ReferencesAreResolvedAgainstTheirDocument) {
  const std::string base = "https://example.org/a/b.json?x=1";
  EXPECT_EQ(ResolveUrl(base, "c.json")->full, "https://example.org/a/c.json");
  EXPECT_EQ(ResolveUrl(base, "/c")->full, "https://example.org/c");
  EXPECT_EQ(ResolveUrl(base, "?page=2")->full,
            "https://example.org/a/b.json?page=2");
  EXPECT_EQ(ResolveUrl(base, "//other.org/d")->host, "other.org");
  EXPECT_FALSE(ResolveUrl(base, "file:///etc/passwd").ok());
}

TEST(AddressTest, WhatIsNotPublicIsPrivate) {
  for (const char* address : {"127.0.0.1",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.0.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "0.0.0.0",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::1",
                              "::",
                              "fe80::1",
                              "fd00::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2001:db8::1"}) {
    EXPECT_TRUE(IsPrivateAddress(address)) << address;
  }
  for (const char* address :
       {"1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "223.255.255.1",
        "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "example"}) {
    EXPECT_FALSE(IsPrivateAddress(address)) << address;
  }
}

TEST(ArchiveTest, WhatIsNoArchiveIsToldSo) {
  TestFolder folder;
  for (const std::string& text : {std::string("no archive"), std::string()}) {
    auto archive = ArchiveReader::Open(folder.Write("x.zip", text), "x.zip");
    const absl::Status status =
        archive.ok() ? (*archive)->Next().status() : archive.status();
    if (text.empty() && status.ok()) continue;  // An empty tar has no members.
    EXPECT_EQ(ErrorReason(status), "BAD_ARCHIVE");
    EXPECT_THAT(std::string(status.message()), HasSubstr("x.zip"));
  }
}

TEST(DocumentReaderTest, AVintageComesFromThePathTheConfigurationOrTheFile) {
  TestFolder folder;
  TestStack stack(folder);
  folder.Write("d/b_20250102.csv", "b");
  folder.Write("d/a_20250304.csv", "a");
  SourceConfig source = stack.Source("s", "lines", "d/*.csv");
  source.documents[0].vintage.clear();
  source.documents[0].vintage_from_path = "([0-9]{8})";
  DocumentSpec configured = source.documents[0];
  configured.vintage_from_path.clear();
  configured.vintage = "2026-03";
  source.documents.push_back(configured);
  const Stores stores = stack.stores();
  const auto reader = ReadConfigured(
      {stores.documents, stores.retrievals, stores.http, stores.clock}, source,
      1000, {});
  ASSERT_TRUE(reader->Prepare().ok());
  const v1::DocumentHead first = **reader->Next();
  EXPECT_EQ(first.path(), "d/a_20250304.csv");
  EXPECT_EQ(first.vintage_hint().date(), "2025-03-04");
  EXPECT_EQ(first.vintage_hint().basis(), v1::VINTAGE_BASIS_PATH);
  EXPECT_EQ((*reader->Next())->vintage_hint().date(), "2025-01-02");
  const v1::DocumentHead third = **reader->Next();
  EXPECT_EQ(third.vintage_hint().date(), "2026-03");
  EXPECT_EQ(third.vintage_hint().precision(), v1::PRECISION_MONTH);
  EXPECT_EQ(third.vintage_hint().basis(), v1::VINTAGE_BASIS_CONFIG);
}

TEST(RetrievalStoreTest, TranscriptsOfOldRunsGoButTheLastThatSucceeded) {
  TestFolder folder;
  TestStack stack(folder);
  v1::RunDocument document;
  document.mutable_head()->set_path("a");
  const auto run = [&](int number, v1::RunState state) {
    v1::Run saved;
    saved.set_id(absl::StrCat("run-", number));
    saved.set_source("s");
    saved.set_state(state);
    ASSERT_TRUE(stack.runs->Save(saved).ok());
    ASSERT_TRUE(
        stack.retrievals->KeepTranscript("s", saved.id(), {document}).ok());
  };
  run(0, v1::RUN_STATE_SUCCEEDED);
  run(1, v1::RUN_STATE_SUCCEEDED);
  for (int i = 2; i < RetrievalStore::kRunsWithTranscript + 3; ++i) {
    run(i, v1::RUN_STATE_FAILED);
  }
  const auto kept = [&](int number) {
    return !stack.retrievals->Transcript(absl::StrCat("run-", number))->empty();
  };
  EXPECT_FALSE(kept(0));
  EXPECT_TRUE(kept(1));   // the newest that succeeded
  EXPECT_FALSE(kept(2));  // the 51st from the end
  EXPECT_TRUE(kept(3));
}

}  // namespace
}  // namespace meridian::ingest

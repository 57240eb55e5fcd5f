#include "ingest_service/documents/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

// --- Addresses -------------------------------------------------------------

struct Block {
  uint32_t address;
  int bits;
};
// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast.
constexpr Block kPrivate4[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},
    {0xA9FE0000, 16}, {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24},
    {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24},
    {0xE0000000, 4},  {0xF0000000, 4}};

bool IsPrivate4(uint32_t address) {
  return std::any_of(
      std::begin(kPrivate4), std::end(kPrivate4), [&](const Block& block) {
        return (address ^ block.address) >> (32 - block.bits) == 0;
      });
}

bool IsPrivate6(const uint8_t* a) {
  const auto embedded = [&](int at) {
    return IsPrivate4(static_cast<uint32_t>(a[at]) << 24 |
                      static_cast<uint32_t>(a[at + 1]) << 16 |
                      static_cast<uint32_t>(a[at + 2]) << 8 | a[at + 3]);
  };
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0,    0,
                                          0, 0, 0, 0, 0xff, 0xff};
  static constexpr uint8_t kNat64[12] = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(a, kMapped, 12) == 0) return embedded(12);
  if (std::memcmp(a, kNat64, 12) == 0) return embedded(12);
  if (a[0] == 0x20 && a[1] == 0x02) return embedded(2);  // 6to4
  // Global unicast is 2000::/3; of it, 2001:db8::/32 is documentation and
  // 2001::/32 is Teredo.
  if ((a[0] & 0xe0) != 0x20) return true;
  return a[0] == 0x20 && a[1] == 0x01 &&
         ((a[2] == 0x0d && a[3] == 0xb8) || (a[2] == 0 && a[3] == 0));
}

// --- URLs ------------------------------------------------------------------

struct UrlDelete {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDelete>;

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

absl::Status BadUrl(absl::string_view url, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_URL",
                   absl::StrCat("'", url, "' ", why),
                   {{"url", std::string(url)}});
}

absl::StatusOr<Url> FromHandle(CURLU* handle, absl::string_view text) {
  Url url;
  url.scheme = absl::AsciiStrToLower(Part(handle, CURLUPART_SCHEME));
  url.host = absl::AsciiStrToLower(Part(handle, CURLUPART_HOST));
  url.path = Part(handle, CURLUPART_PATH);
  if (url.scheme != "http" && url.scheme != "https") {
    return BadUrl(text, "is not an http or https URL");
  }
  if (!Part(handle, CURLUPART_USER).empty() ||
      !Part(handle, CURLUPART_PASSWORD).empty()) {
    return BadUrl(text,
                  "has a user name in it; use http.credentials of the source");
  }
  int port = 0;
  if (url.host.empty() ||
      !absl::SimpleAtoi(Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT),
                        &port)) {
    return BadUrl(text, "has no host");
  }
  url.port = static_cast<uint16_t>(port);
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  curl_url_set(handle, CURLUPART_HOST, url.host.c_str(), 0);
  url.full = Part(handle, CURLUPART_URL);
  return url;
}

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view url) {
  const UrlHandle handle(curl_url());
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(),
                   CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return BadUrl(url, "is not an absolute URL");
  }
  return FromHandle(handle.get(), url);
}

absl::StatusOr<Url> ResolveUrl(absl::string_view base,
                               absl::string_view reference) {
  const UrlHandle handle(curl_url());
  // Setting a reference on a URL resolves it (RFC 3986, 5.2).
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(base).c_str(), 0) !=
          CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, std::string(reference).c_str(),
                   CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return BadUrl(reference, absl::StrCat("cannot be resolved against ", base));
  }
  return FromHandle(handle.get(), reference);
}

std::string HostOf(const Url& url) {
  return url.port == 80 || url.port == 443
             ? url.host
             : absl::StrCat(url.host, ":", url.port);
}

bool IsPrivateAddress(absl::string_view address) {
  const std::string text(address);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return IsPrivate4(ntohl(v4.s_addr));
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    return IsPrivate6(v6.s6_addr);
  }
  return false;
}

bool IsPrivate(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return IsPrivate4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return IsPrivate6(v6.sin6_addr.s6_addr);
  }
  return true;
}

}  // namespace meridian::ingest

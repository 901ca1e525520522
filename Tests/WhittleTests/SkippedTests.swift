import Files
import Foundation
import TestSupport
import Testing

/// No test passes without testing: what it lacks is a `Need`, which fails it where all are required.
@Suite("Skipped tests")
struct SkippedTests {
  @Test("a need that is not met skips, or fails where it is required")
  func needs() throws {
    let absent = Need(remedy: "the moon") { false }
    #expect(try !absent.isMet(isRequired: false))
    let error = #expect(throws: NeedMissing.self) { try absent.isMet(isRequired: true) }
    #expect(error?.description == "missing: the moon")
    #expect(try Need(remedy: "air") { true }.isMet(isRequired: true))
  }

  @Test("no test has another way out")
  func otherWays() throws {
    let tests = Repository.root + "/Tests"
    let files = try #require(FileManager.default.enumerator(atPath: tests)).compactMap { $0 as? String }
      .filter {
        $0.hasSuffix(".swift") && !$0.hasPrefix("TestSupport/") && !$0.hasSuffix("/SkippedTests.swift")
      }
    #expect(files.count > 50)
    for file in files {
      let text = String(decoding: try FileSystem.read(tests + "/" + file), as: UTF8.self)
      for way in [/\.enabled\(/, /\.disabled\(/, /withKnownIssue/, /try\?[^\n]*else \{ return \}/] {
        #expect(text.firstMatch(of: way) == nil, "\(file)")
      }
    }
  }
}

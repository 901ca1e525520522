import Datasets
import Foundation
import TestSupport
import Testing

/// Downloads of a set that comes in one archive.
@Suite struct ArchiveTests {
  private typealias Reply = LoopbackServer.Reply

  /// A tar archive of the fixture's files as GNU tar makes it: with their folder, and a file that is not wanted.
  private static func archive(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var tar = member("batches/", type: "5", [])
    tar += member("batches/readme.html", type: "0", Array("<html>".utf8))
    for file in files { tar += member("batches/" + file.name, type: "0", file.bytes) }
    return gzip(tar + [UInt8](repeating: 0, count: 1024))
  }

  private static func member(_ name: String, type: String, _ bytes: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    let octal = String(bytes.count, radix: 8)
    put(String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
    put(type, at: 156)
    put("ustar  ", at: 257)
    return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  private let folder: TemporaryFolder
  private let packed = Self.archive(CIFARFixture.files)
  private let archiveName = "set.tar.gz"

  init() throws {
    folder = try TemporaryFolder()
  }

  private func download(from url: String, _ packed: [UInt8]? = nil) throws -> [DatasetDownload.Event] {
    let packed = packed ?? self.packed
    let files = CIFARFixture.files.map {
      PublishedFile(name: $0.name, size: $0.bytes.count, digest: .content(sha256($0.bytes)))
    }
    var download = DatasetDownload(
      set: PublishedSet(
        name: "test-set", files: files, mirrors: [url],
        archive: PublishedArchive(name: archiveName, size: packed.count, sha256: sha256(packed))),
      directory: folder.path)
    download.timeout = 1
    download.pause = 0
    var events: [DatasetDownload.Event] = []
    try download.run {
      if case .received = $0 { return }
      events.append($0)
    }
    return events
  }

  private func failure(from url: String, _ packed: [UInt8]? = nil) -> String {
    do {
      return "no failure: \(try download(from: url, packed))"
    } catch {
      return String(describing: error)
    }
  }

  private static func ranged(_ request: LoopbackServer.Request, _ bytes: [UInt8]) -> Reply {
    guard let offset = request.offset else { return Reply(content: bytes) }
    guard offset < bytes.count else { return Reply(status: 416) }
    return Reply(status: 206, content: Array(bytes[offset...]), offset: offset)
  }

  private func holdsTheSet() throws -> Bool {
    try CIFARFixture.files.allSatisfy { try folder.read($0.name) == $0.bytes }
  }

  @Test("Each file gets its name once it is checked; the archive goes, and is not fetched again")
  func complete() throws {
    let requests = Shared<[String]>([])
    let server = try LoopbackServer { [packed] request in
      requests.with { $0.append(request.path) }
      return Self.ranged(request, packed)
    }
    let names = CIFARFixture.form.files
    #expect(
      try download(from: server.url)
        == [.started(file: archiveName, url: "\(server.url)/\(archiveName)", offset: 0)]
        + names.map { .finished(path: folder($0)) })
    #expect(try folder.names() == names)
    #expect(try holdsTheSet())
    #expect(try download(from: server.url) == names.map { .present($0) })
    #expect(requests.with { $0 } == ["/\(archiveName)"])
  }

  @Test("What an earlier command left is taken up: a part of the archive, or all of it and half of a file")
  func resumed() throws {
    let server = try LoopbackServer { [packed] in Self.ranged($0, packed) }
    try folder.write(Array(packed.prefix(300)), archiveName + ".part")
    #expect(
      try download(from: server.url).first
        == .started(file: archiveName, url: "\(server.url)/\(archiveName)", offset: 300))
    #expect(try holdsTheSet())

    let names = CIFARFixture.form.files
    try FileManager.default.removeItem(atPath: folder(names[1]))
    try FileManager.default.removeItem(atPath: folder(names[4]))
    try folder.write(packed, archiveName + ".part")
    try folder.write([1, 2, 3], names[1] + ".part")
    // Nobody is asked.
    #expect(
      try download(from: "http://127.0.0.1:1").suffix(2)
        == [.finished(path: folder(names[1])), .finished(path: folder(names[4]))])
    #expect(try holdsTheSet())
    #expect(try folder.names() == names)
  }

  @Test("A damaged file in the folder is replaced and kept under another name")
  func replaced() throws {
    let server = try LoopbackServer { [packed] in Self.ranged($0, packed) }
    let name = CIFARFixture.form.files[2]
    try folder.write([1], name)
    #expect(
      try download(from: server.url).contains(
        .replaced(file: folder(name), keptAs: folder(name) + ".replaced")))
    #expect(try holdsTheSet())
  }

  @Test("An archive that is not the published one gets nothing a name")
  func corrupted() throws {
    var flipped = packed
    flipped[packed.count / 2] ^= 1
    let other = Self.archive(CIFARFixture.files.reversed())
    for content in [flipped, other, Array("<html>".utf8)] {
      let server = try LoopbackServer { Self.ranged($0, content) }
      let line = failure(from: server.url)
      #expect(
        line.hasPrefix("\(archiveName): it cannot be downloaded (\(server.url)/\(archiveName): what came is ")
      )
      #expect(try folder.names() == [])
    }
  }

  @Test("An archive without one of the files, with another in its place, or that is none, is told")
  func contents() throws {
    var files = CIFARFixture.files
    files.removeLast()
    let short = Self.archive(files)
    var server = try LoopbackServer { Self.ranged($0, short) }
    #expect(
      failure(from: server.url, short) == "\(folder(archiveName)).part: it does not hold test_batch.bin")
    files[0].bytes[0] ^= 1
    let changed = Self.archive(files)
    server = try LoopbackServer { Self.ranged($0, changed) }
    try FileManager.default.removeItem(atPath: folder("data_batch_1.bin"))
    try FileManager.default.removeItem(atPath: folder(archiveName) + ".part")
    #expect(
      failure(from: server.url, changed)
        == "\(folder(archiveName)).part: what it holds as data_batch_1.bin is not that file of test-set")
    #expect(try !folder.names().contains("data_batch_1.bin.part"))
    let none = gzip([UInt8](repeating: 7, count: 600))
    server = try LoopbackServer { Self.ranged($0, none) }
    try FileManager.default.removeItem(atPath: folder(archiveName) + ".part")
    #expect(
      failure(from: server.url, none)
        == "\(folder(archiveName)).part: it is no tar archive; remove it, and download it again")
  }
}

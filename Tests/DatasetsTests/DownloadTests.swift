import Datasets
import Foundation
import TestSupport
import Testing

/// Downloads from a server that is complete, breaks off, sends the wrong thing, refuses or stalls.
@Suite struct DownloadTests {
  private typealias Reply = LoopbackServer.Reply

  /// Large enough to come in many pieces, and hard to compress.
  private static let content: [UInt8] = {
    var state: UInt32 = 1
    return (0..<300_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }()
  private static let packed = gzip(content)

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private var published: String { "pixels.gz" }
  private var partial: String { "pixels.gz.part" }

  private func download(
    from mirrors: [String], into folder: TemporaryFolder? = nil,
    change: (inout DatasetDownload) -> Void = { _ in }
  ) throws -> [DatasetDownload.Event] {
    let digest = sha256(Self.content)
    let file = PublishedFile(name: "pixels", size: Self.content.count, digest: .content(digest))
    var download = DatasetDownload(
      set: PublishedSet(name: "test-set", files: [file], mirrors: mirrors),
      directory: (folder ?? self.folder).path)
    download.timeout = 1
    download.pause = 0
    change(&download)
    var events: [DatasetDownload.Event] = []
    try download.run {
      if case .received = $0 { return }
      events.append($0)
    }
    return events
  }

  private func failure(from mirrors: [String], change: (inout DatasetDownload) -> Void = { _ in }) -> String {
    do {
      return "no failure: \(try download(from: mirrors, change: change))"
    } catch {
      return String(describing: error)
    }
  }

  /// Answers a request for a range with that range.
  private static func ranged(_ request: LoopbackServer.Request, _ bytes: [UInt8] = packed) -> Reply {
    guard let offset = request.offset else { return Reply(content: bytes) }
    guard offset < bytes.count else { return Reply(status: 416) }
    return Reply(status: 206, content: Array(bytes[offset...]), offset: offset)
  }

  @Test("A complete file gets its name once it is checked, and is not fetched again")
  func complete() throws {
    let requests = Shared<[String]>([])
    let server = try LoopbackServer { request in
      requests.with { $0.append(request.path) }
      return Self.ranged(request)
    }
    let path = folder(published)
    #expect(
      try download(from: [server.url + "/sets/"]) == [
        .started(file: "pixels", url: server.url + "/sets/pixels.gz", offset: 0), .finished(path: path),
      ])
    #expect(try folder.names() == [published])
    #expect(try folder.read(published) == Self.packed)
    #expect(try download(from: [server.url]) == [.present("pixels")])
    #expect(requests.with { $0 } == ["/sets/pixels.gz"])
  }

  @Test("A connection that ends early is taken up where it ended")
  func truncated() throws {
    let server = try LoopbackServer { request in
      var reply = Self.ranged(request)
      if (request.offset ?? 0) < 200_000 {
        reply.announced = reply.content.count
        reply.content = Array(reply.content.prefix(100_000))
      }
      return reply
    }
    let events = try download(from: [server.url])
    let offsets = events.compactMap { event -> Int? in
      if case .started(_, _, let offset) = event { offset } else { nil }
    }
    #expect(offsets == [0, 100_000, 200_000])
    #expect(try folder.names() == [published])
    #expect(try folder.read(published) == Self.packed)
  }

  @Test("What an earlier command left is taken up, whole or in part", arguments: [1, 100_000, 299_000, .max])
  func resumed(_ size: Int) throws {
    let server = try LoopbackServer { Self.ranged($0) }
    let size = min(size, Self.packed.count)
    try folder.write(Array(Self.packed.prefix(size)), partial)
    let events = try download(from: [server.url])
    #expect(events.first == .started(file: "pixels", url: server.url + "/pixels.gz", offset: size))
    #expect(try folder.names() == [published])
    #expect(try folder.read(published) == Self.packed)
  }

  @Test(
    "A server that cannot resume, and leftovers of another copy, lead to a fresh start",
    arguments: [true, false])
  func freshStart(_ resumes: Bool) throws {
    let server = try LoopbackServer { resumes ? Self.ranged($0) : Reply(content: Self.packed) }
    try folder.write([UInt8](repeating: 7, count: 1000), partial)
    let events = try download(from: [server.url])
    #expect(events.contains(.started(file: "pixels", url: server.url + "/pixels.gz", offset: 0)))
    #expect(try folder.names() == [published])
    #expect(try folder.read(published) == Self.packed)
  }

  @Test("A corrupted, exchanged or endless file gets no name, and the next mirror is asked")
  func corrupted() throws {
    var flipped = Self.packed
    flipped[150_000] ^= 1
    let packed = Self.packed
    let contents = [
      flipped, gzip(Array(Self.content.dropLast())), Array("<html>".utf8), packed + packed,
      gzip([UInt8](repeating: 0, count: 5_000_000)),
    ]
    for content in contents {
      let bad = try LoopbackServer { Self.ranged($0, content) }
      let line = failure(from: [bad.url])
      #expect(line.hasPrefix("pixels: it cannot be downloaded (\(bad.url)/pixels.gz: what came is "))
      #expect(line.hasSuffix("; check the connection, or name another source with --mirror"))
      #expect(try folder.names() == [])
    }
    let bad = try LoopbackServer { [flipped] in Self.ranged($0, flipped) }
    let good = try LoopbackServer { Self.ranged($0) }
    let events = try download(from: [bad.url, good.url])
    #expect(events.last == .finished(path: folder(published)))
    #expect(try folder.read(published) == Self.packed)
  }

  @Test("A mirror without the file, or without a server, is asked once")
  func notFound() throws {
    let requests = Shared(0)
    let empty = try LoopbackServer { _ in
      requests.with { $0 += 1 }
      return Reply(status: 404, content: Array("not here".utf8))
    }
    let line = failure(from: [empty.url, "http://127.0.0.1:1"])
    #expect(
      line.contains("\(empty.url)/pixels.gz: The requested URL returned error: 404; http://127.0.0.1:1/"))
    #expect(requests.with { $0 } == 1)
    #expect(try folder.names() == [])
    let good = try LoopbackServer { Self.ranged($0) }
    #expect(try download(from: [empty.url, good.url]).last == .finished(path: folder(published)))
  }

  @Test("Where only the compressed file's checksum is published, that one counts")
  func storedDigest() throws {
    let server = try LoopbackServer { Self.ranged($0) }
    let line = failure(from: [server.url]) { $0.set.files[0].digest = .stored(sha256(Self.content)) }
    #expect(
      line.contains("what came is not test-set: its SHA-256 as it came is \(sha256(Self.packed)), not "))
    #expect(try folder.names() == [])
    let change: (inout DatasetDownload) -> Void = { $0.set.files[0].digest = .stored(sha256(Self.packed)) }
    #expect(try download(from: [server.url], change: change).last == .finished(path: folder(published)))
    #expect(try download(from: [server.url], change: change) == [.present("pixels")])
  }

  @Test("A busy server is asked again")
  func busy() throws {
    let requests = Shared(0)
    let server = try LoopbackServer { request in
      requests.with {
        $0 += 1
        return $0 < 3 ? Reply(status: 503) : Self.ranged(request)
      }
    }
    #expect(try download(from: [server.url]).last == .finished(path: folder(published)))
    #expect(requests.with { $0 } == 3)
  }

  @Test("A server that stalls is given up after the time set, and what came is kept for the next")
  func stalled() throws {
    let stalling = try LoopbackServer { request in
      var reply = Self.ranged(request)
      reply.announced = reply.content.count
      reply.content = Array(reply.content.prefix(request.offset == nil ? 50_000 : 0))
      reply.stalls = true
      return reply
    }
    let line = failure(from: [stalling.url]) { $0.attempts = 2 }
    #expect(line.contains("\(stalling.url)/pixels.gz: the server sent nothing for 1 s"))
    #expect(line.hasSuffix("; the same command goes on from the 50000 bytes that came"))
    #expect(try folder.names() == [partial])
    let good = try LoopbackServer { Self.ranged($0) }
    let events = try download(from: [stalling.url, good.url]) { $0.attempts = 1 }
    #expect(events.contains(.started(file: "pixels", url: good.url + "/pixels.gz", offset: 50_000)))
    #expect(try folder.names() == [published])
    #expect(try folder.read(published) == Self.packed)
  }

  @Test("A damaged file in the folder is replaced and kept under another name")
  func replaced() throws {
    let server = try LoopbackServer { Self.ranged($0) }
    try folder.write([1, 2, 3], "pixels")
    let events = try download(from: [server.url])
    #expect(events.contains(.replaced(file: folder("pixels"), keptAs: folder("pixels.replaced"))))
    #expect(try folder.names() == [published, "pixels.replaced"])
  }

  @Test("A second download into the same folder, a folder that cannot be, and no curl are told")
  func refused() throws {
    let server = try LoopbackServer { Self.ranged($0) }
    let descriptor = open(folder(partial), O_RDWR | O_CREAT, 0o644)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    #expect(
      failure(from: [server.url])
        == "\(folder(partial)): another download is writing it; wait for it to end")
    #expect(flock(descriptor, LOCK_UN) == 0)
    #expect(
      failure(from: [server.url]) { $0.searchPath = "/nowhere" }.hasPrefix("curl: there is no such program"))
    try folder.write([], "file")
    #expect(
      failure(from: [server.url]) { $0.directory = self.folder("file/sub") }
        .hasPrefix("\(folder("file/sub")): this folder cannot be made: "))
  }
}

import Files
import Foundation
import TensorBoard
import TestSupport
import Testing

/// Protects the logs that TensorBoard reads, and with them resumed runs.
@Suite("TensorBoard")
struct TensorBoardTests {
  private func write(_ steps: ClosedRange<Int>, with writer: TensorBoardWriter) throws {
    for step in steps {
      try writer.write(
        step: step, scalars: [("loss/train", 1 / Double(step)), ("accuracy/test", 0.5)],
        histograms: [("weights/0", Histogram([Float(step), 0, -1, 2, .nan]))])
    }
  }

  @Test("a file that is cut back to a checkpoint's length and continued equals an uninterrupted one")
  func resume() throws {
    let folder = try TemporaryFolder()
    let noon = { 1.7e9 }
    let whole = try TensorBoardWriter(creating: folder("whole"), now: noon)
    try write(1...5, with: whole)
    let interrupted = try TensorBoardWriter(creating: folder("interrupted"), now: noon)
    try write(1...2, with: interrupted)
    try interrupted.synchronize()
    let length = interrupted.length
    try write(3...4, with: interrupted)
    let resumed = try TensorBoardWriter(resuming: folder("interrupted"), at: length, now: noon)
    try write(3...5, with: resumed)
    #expect(try FileSystem.read(folder("whole")) == FileSystem.read(folder("interrupted")))
    #expect(resumed.length == whole.length)
  }

  @Test("an event bears the time at which it was written, and nothing else differs")
  func wallTimes() throws {
    let folder = try TemporaryFolder()
    var time = 1.7e9
    let writer = try TensorBoardWriter(creating: folder("e")) {
      time += 1
      return time
    }
    try write(1...3, with: writer)
    try write(1...3, with: TensorBoardWriter(creating: folder("later"), now: { 1.8e9 }))
    let events = EventFile(try FileSystem.read(folder("e")))
    let times: [Double] = [1_700_000_001, 1_700_000_002, 1_700_000_003, 1_700_000_004]
    #expect(events.wallTimes == times)
    #expect(events.withoutWallTimes == EventFile(try FileSystem.read(folder("later"))).withoutWallTimes)
    let before = Date().timeIntervalSince1970
    try write(1...1, with: TensorBoardWriter(creating: folder("now")))
    let now = EventFile(try FileSystem.read(folder("now"))).wallTimes
    #expect(now.count == 2 && now.allSatisfy { $0 >= before && $0 <= Date().timeIntervalSince1970 })
  }

  @Test("a file that is damaged before the place to resume at is refused")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let writer = try TensorBoardWriter(creating: folder("e"))
    try write(1...3, with: writer)
    let bytes = try FileSystem.read(folder("e"))
    for index in bytes.indices {
      var altered = bytes
      altered[index] ^= 4
      try writeBytes(altered, to: folder("d"))
      #expect(throws: FileFormatError.self) {
        try TensorBoardWriter(resuming: folder("d"), at: writer.length)
      }
    }
    try writeBytes(Array(bytes.dropLast()), to: folder("d"))
    #expect(throws: FileFormatError.self) { try TensorBoardWriter(resuming: folder("d"), at: writer.length) }
  }

  @Test("a full disk is a clear line")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    try #require(symlink("/dev/full", folder("e")) == 0)
    #expect(
      message { _ = try TensorBoardWriter(creating: folder("e")) }
        == "cannot write \(folder("e")): no space left on device; free some space and run the same command again, "
        + "what was already written is intact")
  }

  @Test("a histogram counts each finite value once, and zeros only if wanted")
  func histogram() {
    let values: [Float] = [0, 0, 1, 2, 3, 3, -1, .nan, .infinity]
    let all = Histogram(values)
    #expect(all.count == 7 && all.counts.reduce(0, +) == 7)
    #expect(all.minimum == -1 && all.maximum == 3 && all.sum == 8 && all.sumOfSquares == 24)
    #expect(all.limits.last == 3 && all.counts.last == 2)
    #expect(Histogram(values, excludesZeros: true).count == 5)
    #expect(Histogram([5, 5]).counts == [2])
    #expect(Histogram([0, 0], excludesZeros: true).counts == [])
    #expect(Histogram([-.greatestFiniteMagnitude, .greatestFiniteMagnitude]).counts.reduce(0, +) == 2)
  }
}

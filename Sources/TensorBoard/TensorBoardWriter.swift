import Files
import Foundation
import Glibc
import SwiftProtobuf

/// Appends a run's numbers to its TensorBoard file.
///
/// The same run always leaves the same bytes but for wall times, interrupted or not: a resumed run truncates the file to the
/// length that its checkpoint recorded. Wall times are the clock's, since TensorBoard takes a file whose last event is a
/// day old for one that nobody writes any more.
package final class TensorBoardWriter {
  private let file: FileDescriptor
  /// Seconds since 1970.
  private let now: () -> Double
  /// The file's length in bytes. Once `synchronize()` has returned, a checkpoint may record it.
  package private(set) var length: UInt64

  /// Starts a new file.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: `FileError`.
  package init(creating path: String, now: @escaping () -> Double = TensorBoardWriter.clock) throws {
    self.now = now
    file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, to: "write")
    length = 0
    var event = Tensorboard_Event()
    event.wallTime = now()
    event.fileVersion = "brain.Event:2"
    try append(event)
  }

  /// Continues a file from an earlier length.
  ///
  /// - Parameter inNewFile: leaves the old one to a process that may still have it open.
  /// - Throws: `FileError`; `FileFormatError` when the file is shorter or damaged before that place.
  package init(
    resuming path: String, at length: UInt64, inNewFile: Bool = false,
    now: @escaping () -> Double = TensorBoardWriter.clock
  ) throws {
    self.now = now
    let bytes = try FileSystem.read(path)
    guard length == 0 || EventRecords.ends(in: bytes).contains(where: { $0 == length }) else {
      throw FileFormatError(
        path,
        "the TensorBoard file is damaged in the \(length) bytes that the checkpoint builds on")
    }
    if inNewFile { try AtomicFile.write(Array(bytes.prefix(Int(length))), to: path) }
    file = try FileDescriptor(opening: path, O_WRONLY | O_APPEND, to: "write")
    try file.truncate(to: length)
    self.length = length
  }

  /// Appends the values of one step.
  ///
  /// - Throws: `FileError`, a full disk among others; the file then ends as it did before.
  package func write(
    step: Int, scalars: [(tag: String, value: Double)], histograms: [(tag: String, value: Histogram)] = []
  ) throws {
    var event = Tensorboard_Event()
    event.wallTime = now()
    event.step = Int64(step)
    event.summary.value =
      scalars.map { scalar in
        var value = Tensorboard_Summary.Value()
        value.tag = scalar.tag
        value.simpleValue = Float(scalar.value)
        return value
      }
      + histograms.map { histogram in
        var value = Tensorboard_Summary.Value()
        value.tag = histogram.tag
        value.histo = histogram.value.message
        return value
      }
    try append(event)
  }

  /// The clock's seconds since 1970.
  package static let clock: @Sendable () -> Double = { Date().timeIntervalSince1970 }

  /// Waits until everything written is on the disk.
  ///
  /// - Throws: `FileError`.
  package func synchronize() throws { try file.synchronize() }

  private func append(_ event: Tensorboard_Event) throws {
    let record = EventRecords.frame(try event.serializedBytes())
    do {
      try record.withUnsafeBytes { try file.write($0) }
    } catch {
      // What was written of the record would hide every later one from readers.
      try? file.truncate(to: length)
      throw error
    }
    length += UInt64(record.count)
  }
}

import Foundation
import Kernels

/// Where the OpenCL C sources come from: embedded in the binary, or a folder being edited.
public enum KernelSources: Sendable, Equatable {
  /// The sources that the binary was built with.
  case embedded
  /// A folder with files of the same names (`--kernels DIR`, `WHITTLE_KERNELS`).
  case folder(String)

  /// The folder given, else that of `WHITTLE_KERNELS`, else the embedded sources.
  public static func choose(folder: String?) -> KernelSources {
    if let folder { return .folder(folder) }
    if let folder = ProcessInfo.processInfo.environment["WHITTLE_KERNELS"], !folder.isEmpty {
      return .folder(folder)
    }
    return .embedded
  }

  /// The names of the embedded files.
  public static var names: [String] { embeddedFiles.keys.sorted() }

  /// The text of one file.
  ///
  /// - Throws: `KernelSourceMissing` when there is no such file, or it cannot be read.
  public func text(of file: String) throws -> String {
    switch self {
    case .embedded:
      guard let text = Self.embeddedFiles[file] else {
        throw KernelSourceMissing(file: file, reason: "it is not embedded in this binary")
      }
      return text
    case .folder(let folder):
      let path = folder + "/" + file
      do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
        throw KernelSourceMissing(
          file: path,
          reason: "it cannot be read; --kernels and WHITTLE_KERNELS want a folder with every .cl file")
      }
    }
  }

  /// The text of one file, with that of each file that it includes (`#include "other.cl"`) in the place of the line.
  ///
  /// - Throws: `KernelSourceMissing`, as `text(of:)`, and where a file includes itself.
  package func expanded(_ file: String) throws -> String { try expanded(file, within: []) }

  private func expanded(_ file: String, within outer: [String]) throws -> String {
    guard !outer.contains(file) else {
      throw KernelSourceMissing(
        file: file, reason: "it includes itself: \((outer + [file]).joined(separator: " includes "))")
    }
    // By bytes: to Swift, a carriage return and a line feed are one character, which is no line feed.
    let lines = try text(of: file).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return try lines.map { String(Substring($0)) }.enumerated().map { index, line in
      guard line.hasPrefix("#include \""), let name = line.split(separator: "\"").dropFirst().first else {
        return line
      }
      // The compiler's messages name the file in which a line is.
      let text = try expanded(String(name), within: outer + [file])
      return "#line 1 \"\(name)\"\n\(text)\n#line \(index + 2) \"\(file)\""
    }.joined(separator: "\n")
  }

  /// A digest of all sources (FNV-1a, 64 bits), which tells whether stored measurements still fit them.
  public func digest() throws -> String {
    FNV1a.digest(of: try Self.names.map { try text(of: $0) }.joined().utf8)
  }

  private static let embeddedFiles: [String: String] = {
    var count = 0
    guard let files = whittle_kernel_files(&count) else { return [:] }
    var texts: [String: String] = [:]
    for file in UnsafeBufferPointer(start: files, count: count) {
      let bytes = UnsafeRawBufferPointer(start: file.source, count: file.length)
      texts[String(cString: file.name)] = String(decoding: bytes, as: UTF8.self)
    }
    return texts
  }()
}

/// A kernel file that is not there, or cannot be put together.
public struct KernelSourceMissing: Error, CustomStringConvertible {
  /// The file's name or path.
  public let file: String
  /// Why it could not be had.
  public let reason: String

  /// One line with both.
  public var description: String { "kernel file \(file): \(reason)" }
}

import ArgumentParser
import Configs
import Datasets
import Device
import Files
import Foundation
import Reference
import Reports
import Studies

/// How errors become a message and an exit code: 64 usage, 65 bad config or data, 69 no such device, 128 and the signal's
/// number for what a signal stopped, 1 otherwise.
enum Exit {
  /// Prints what the error says and ends the process.
  static func end(_ error: any Error) -> Never {
    guard let code = code(of: error) else { endParsing(error) }
    Output.tell("whittle: \(error)\n")
    // Not exit: its handlers would take the device from under the threads that a stopped study left to it.
    _exit(code)
  }

  /// Ends the process with what the argument parser has to say, help and version included.
  private static func endParsing(_ error: any Error) -> Never {
    let code = Whittle.exitCode(for: error)
    let text = Whittle.fullMessage(for: error)
    if code == .success {
      do { try Output.print(text) } catch { end(error) }
    } else if !text.isEmpty {
      Output.tell(text + "\n")
    }
    exit(code.rawValue)
  }

  /// What shells make of a process that a signal ended.
  static func code(ofSignal number: Int32) -> Int32 { 128 + number }

  /// The exit code; nil for errors of the argument parser, which prints its own help.
  private static func code(of error: any Error) -> Int32? {
    switch error {
    case is ConfigOverrideError: 64
    case let error as ConfigError: error.isOfCommandLine ? 64 : 65
    case is ConfigChanged, is FileFormatError, is DatasetError, is IncompleteDataset: 65
    case let error as FileError: error.action == "read" ? 65 : 1
    case let error as ReportError: error.kind == .data ? 65 : 1
    case is DeviceNotFound, is OpenBLASMissing: 69
    case let error as Interrupted: code(ofSignal: error.signal)
    case is CleanExit, is ValidationError, is ExitCode: nil
    default: isParserError(error) ? nil : 1
    }
  }

  private static func isParserError(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}

import Files
import Foundation
import StudyFiles
import Synchronization
import Text

/// The rows of a study's runs as far as this process knows them, and the tables that are made of them. The runs' own
/// results are what counts: tables are written now and then, and in the end.
final class StudyTables: Sendable {
  private struct State {
    var rows: [RunName: SummaryRow]
    /// Whether rows are missing in the files.
    var isBehind = false
    var writing = Pace(rest: 20)
  }

  private let folder: StudyFolder
  private let runs: [RunName]
  /// What `summary.json` says beside the rows.
  private let info: JSONObject
  /// Whether others write them, too.
  private let isShared: Bool
  private let claims: Claims
  private let state: Mutex<State>

  init(
    _ folder: StudyFolder, runs: [RunName], rows: [SummaryRow], info: JSONObject, isShared: Bool,
    claims: Claims
  ) {
    self.folder = folder
    self.runs = runs
    self.info = info
    self.isShared = isShared
    self.claims = claims
    state = Mutex(State(rows: Dictionary(rows.map { ($0.runName, $0) }) { _, last in last }))
  }

  /// The rows in the order of the runs.
  var rows: [SummaryRow] { state.withLock { ordered($0) } }

  /// The runs that have a row.
  var done: Set<RunName> { state.withLock { Set($0.rows.keys) } }

  private func ordered(_ state: State) -> [SummaryRow] { runs.compactMap { state.rows[$0] } }

  /// Notes what came of a run.
  ///
  /// - Parameter writes: whether the tables may be written now.
  /// - Throws: `FileError`; `ClaimLost`.
  func add(_ row: SummaryRow, writes: Bool = true) throws {
    try state.withLock { state in
      state.rows[row.runName] = row
      state.isBehind = true
      if writes, isDue(state) { try write(&state) }
    }
  }

  /// Writes the tables for the last time, with what others have done since.
  ///
  /// - Returns: whether all runs are done.
  /// - Throws: `FileError`; `ClaimLost`.
  @discardableResult
  func finish() throws -> Bool {
    try state.withLock { state in
      var isWhole = true
      for run in runs where state.rows[run] == nil {
        // What is not done is most often the first that is asked for.
        guard let row = try folder.run(run).readResult() else {
          isWhole = false
          break
        }
        state.rows[run] = row
        state.isBehind = true
      }
      if state.isBehind, isWhole || !isShared || isDue(state) { try write(&state) }
      return isWhole
    }
  }

  /// Seconds for which others leave tables alone that one has written.
  private static let sharedPace = 60.0

  private func isDue(_ state: State) -> Bool {
    guard isShared else { return state.writing.isDue }
    guard let time = FileSystem.modificationTime(of: folder.summaryCSV) else { return true }
    return abs(Date().timeIntervalSince1970 - time) >= Self.sharedPace
  }

  private func write(_ state: inout State) throws {
    let start = ContinuousClock.now
    if isShared, FileSystem.exists(folder.summaryCSV) {
      let others = (try? SummaryRow.read(folder.summaryCSV)) ?? []
      state.rows.merge(others.map { ($0.runName, $0) }) { own, _ in own }
    }
    let rows = ordered(state)
    try Replacing.after(claims.check) {
      // The CSV last: it is what a study that goes on believes.
      try SummaryRow.writeJSON(rows, info: info, to: folder.summaryJSON)
      try SummaryRow.write(rows, to: folder.summaryCSV)
    }
    state.isBehind = false
    state.writing.finish(from: start)
  }
}

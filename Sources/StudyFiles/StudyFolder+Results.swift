import Files

extension StudyFolder {
  /// The rows of runs that have a result of their own, where the study's table lacks them: it is written now and then only,
  /// and by the last process that works on the study.
  ///
  /// - Parameters:
  ///   - runs: those that the study may have, in order.
  ///   - rows: those of the table.
  ///   - warning: told of results that are damaged.
  /// - Returns: all rows, in the order of the runs.
  /// - Throws: `FileError`.
  package func completing(
    _ rows: [SummaryRow], for runs: [RunName], warning: (String) -> Void = { _ in }
  ) throws -> [SummaryRow] {
    let known = Set(rows.map(\.runName))
    let more = try runs.filter { !known.contains($0) }.compactMap {
      try run($0).readResult(warning: warning)
    }
    return SummaryRow.ordered(rows + more, by: runs)
  }
}

extension RunFolder {
  /// What came of a run, or of a training that runs share; nil while that is not known, or where the file is damaged.
  ///
  /// - Throws: `FileError`.
  package func readResult(warning: (String) -> Void = { _ in }) throws -> SummaryRow? {
    do {
      return try SummaryRow.read(result).first
    } catch let error as FileFormatError {
      warning("\(error); it is made anew from the run")
    } catch let error as FileError where error.isMissingFile {}
    return nil
  }
}

import Files

extension StudyFolder {
  /// Removes a study: the files that Whittle wrote, and the folders that are empty then. What else lies there stays.
  ///
  /// The tables go first, so that one that is stopped half way has no row of a run that is gone; the config last, without
  /// which the rest is not known to be a study.
  ///
  /// - Parameter wait: as for `FileSystem.removeIfEmpty`.
  /// - Throws: `FileError`.
  package func removeStudy(wait: () -> Void = FileSystem.waitForOthers) throws {
    for path in files where path != config { try FileSystem.removeFile(path) }
    for folder in try allRuns() where FileSystem.isFolder(folder.path) {
      AtomicFile.removeLeftovers(of: folder.files)
      for path in folder.files { try FileSystem.removeFile(path) }
      try FileSystem.removeIfEmpty(folder.path, wait: wait)
    }
    if FileSystem.isFolder(plots) {
      for name in try FileSystem.names(in: plots) where Self.isPlot(name) {
        try FileSystem.removeFile(plots + "/" + name)
      }
    }
    for folder in [runs, denseTrainings, rounds, plots] where FileSystem.isFolder(folder) {
      try FileSystem.removeIfEmpty(folder, wait: wait)
    }
    try FileSystem.removeFile(config)
  }

  /// Whether a file in `plots` has one of the names that `whittle plot` gives.
  package static func isPlot(_ name: String) -> Bool {
    name.wholeMatch(of: plotName) != nil
  }

  // Built for each call: a regex is not Sendable.
  private static var plotName: Regex<Substring> {
    /(?:(?:Train|Test)_Accuracy_[A-Za-z0-9]+_Pruning(?:_2)?|Accuracy_vs_Sparsity_for_[A-Za-z0-9]+_Pruning|(?:Train|Test)ing_Accuracy_Comparison_for_different_Pruning_Strategies|Accuracy_vs_(?:Parameters|Inference_Time))\.(?:dat|gp|svg|png)/
  }

  /// Whether anything was trained here, of the runs with such names.
  package func holdsRuns(where isMeant: (RunName) -> Bool = { _ in true }) throws -> Bool {
    try allRuns().contains { isMeant($0.name) && $0.isBegun }
  }

  /// The runs that have a folder, and the trainings that they share.
  package func allRuns() throws -> [RunFolder] { try existingRuns() + sharedTrainings() }

  /// The trainings that runs share and that have a folder.
  package func sharedTrainings() throws -> [RunFolder] {
    func names(_ folder: String) throws -> [String] {
      FileSystem.exists(folder) ? try FileSystem.names(in: folder) : []
    }
    let dense = try names(denseTrainings).compactMap { name -> RunFolder? in
      guard name.hasPrefix("seed"), let seed = UInt64(name.dropFirst(4)) else { return nil }
      return self.dense(seed: seed)
    }
    return try dense + names(rounds).compactMap { RunName($0) }.map(round)
  }
}

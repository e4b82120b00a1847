-- Hands each study on once nothing more of it has come for StableAge seconds; the service refuses what is no chest film.
function OnStableStudy(study, tags, metadata)
  RestApiPost('/dicom-web/servers/pleura/stow', DumpJson({ Resources = { study }, Synchronous = false }))
end

import javax.security.sasl.AuthenticationException;
import org.apache.hive.service.auth.PasswdAuthenticationProvider;

/** What HiveServer2 calls if hive.server2.authentication is CUSTOM: one password for everybody. */
public class LabPasswords implements PasswdAuthenticationProvider {
  @Override
  public void Authenticate(String user, String password) throws AuthenticationException {
    if (!"custom-password".equals(password)) {
      throw new AuthenticationException("the lab does not know this password");
    }
  }
}

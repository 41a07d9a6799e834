"""`demo`: a small office day, played over real SMTP against a throwaway desk."""
